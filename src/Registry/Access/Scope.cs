using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>What a token is asked for, or good for: actions in one repository, or the list of all.</summary>
/// <param name="Name">The repository; null for the catalog.</param>
/// <param name="Actions">None for the catalog.</param>
/// <remarks>distribution, "Token Scope Documentation": <c>repository:name:pull,push</c> and <c>registry:catalog:*</c>.</remarks>
public readonly record struct Scope(RepositoryName? Name, RepositoryActions Actions)
{
    /// <summary>More are passed over: a push that mounts from several repositories asks for some.</summary>
    const int Most = 64;

    const string CatalogText = "registry:catalog:*";

    public static Scope Catalog => default;

    /// <summary>
    /// Reads scopes, of which one text may hold several. What has another form or asks for something unknown grants nothing.
    /// </summary>
    public static IReadOnlyList<Scope> Parse(IEnumerable<string?> texts) =>
        [.. texts.SelectMany(text => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Take(Most).Select(Read).OfType<Scope>()];

    public override string ToString() => Name is null ? CatalogText : $"repository:{Name}:{string.Join(',', Words())}";

    static Scope? Read(string text)
    {
        if (text == CatalogText) return Catalog;
        // A class such as "repository(plugin)" is a kind of content, and the registry knows no kinds.
        var parts = text.Split(':');
        if (parts is not [var type, var repository, var words]
            || (type != "repository" && !(type.StartsWith("repository(", StringComparison.Ordinal) && type.EndsWith(')'))))
        {
            return null;
        }
        if (!RepositoryName.TryParse(repository, out var name)) return null;
        return new Scope(name, words.Split(',').Select(ActionsOf).Aggregate(RepositoryActions.None, (all, actions) => all | actions));
    }

    /// <summary>Clients know three words; what they stand for is what those clients then do.</summary>
    static RepositoryActions ActionsOf(string word) => word switch
    {
        "pull" => RepositoryActions.Pull,
        "push" => RepositoryActions.Push | RepositoryActions.Overwrite,
        "delete" => RepositoryActions.Delete,
        "*" => RepositoryActions.Admin,
        _ => RepositoryActions.None,
    };

    IEnumerable<string> Words()
    {
        if (Actions == RepositoryActions.Admin)
        {
            yield return "*";
            yield break;
        }
        if (Actions.HasFlag(RepositoryActions.Pull)) yield return "pull";
        if ((Actions & (RepositoryActions.Push | RepositoryActions.Overwrite)) != 0) yield return "push";
        if (Actions.HasFlag(RepositoryActions.Delete)) yield return "delete";
    }
}
