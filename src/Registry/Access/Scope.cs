using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Scope of a token: actions in one repository, or the catalog.</summary>
/// <param name="Name">The repository; null for the catalog.</param>
/// <param name="Actions">Actions in the repository; none for the catalog.</param>
/// <remarks>distribution, "Token Scope Documentation": <c>repository:name:pull,push</c> and <c>registry:catalog:*</c>.</remarks>
public readonly record struct Scope(RepositoryName? Name, RepositoryActions Actions)
{
    /// <summary>Further scopes of a request are ignored. A push that mounts from several repositories requests several.</summary>
    const int MaxScopes = 64;

    const string CatalogText = "registry:catalog:*";

    public static Scope Catalog => default;

    /// <summary>
    /// Parses scopes, several of which may be in one text, separated by spaces. Invalid scopes and unknown actions grant nothing.
    /// </summary>
    public static IReadOnlyList<Scope> Parse(IEnumerable<string?> texts) =>
        [.. texts.SelectMany(text => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Take(MaxScopes).Select(Read).OfType<Scope>()];

    public override string ToString() => Name is null ? CatalogText : $"repository:{Name}:{string.Join(',', Words())}";

    static Scope? Read(string text)
    {
        if (text == CatalogText) return Catalog;
        // A resource class, as in "repository(plugin)", is ignored: the registry has none.
        var parts = text.Split(':');
        if (parts is not [var type, var repository, var words]
            || (type != "repository" && !(type.StartsWith("repository(", StringComparison.Ordinal) && type.EndsWith(')'))))
        {
            return null;
        }
        if (!RepositoryName.TryParse(repository, out var name)) return null;
        return new Scope(name, words.Split(',').Select(ActionsOf).Aggregate(RepositoryActions.None, (all, actions) => all | actions));
    }

    /// <summary>Clients request three actions of the spec; each maps to the actions of the policy that these clients then need.</summary>
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
