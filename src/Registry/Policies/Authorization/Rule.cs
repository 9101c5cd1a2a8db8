using Registry.Oci;

namespace Registry.Policies;

/// <summary>An authorization rule. Evaluated on every request, so it allocates nothing.</summary>
sealed record Rule(string Name, Subject[] Subjects, Pattern[] Repositories, RepositoryActions Actions)
{
    public bool IsFor(Identity identity, RepositoryName name) => Pattern.AnyMatches(Repositories, name.Value) && IsFor(identity);

    public bool IsFor(Identity identity)
    {
        foreach (var subject in Subjects)
            if (subject.Is(identity)) return true;
        return false;
    }
}
