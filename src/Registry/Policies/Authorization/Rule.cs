using Registry.Oci;

namespace Registry.Policies;

/// <summary>Who may do what in which repositories. Asked on every request, and so without anything that allocates.</summary>
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
