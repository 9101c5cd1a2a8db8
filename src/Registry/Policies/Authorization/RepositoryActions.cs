namespace Registry.Policies;

/// <summary>Actions on a repository, as in <c>actions</c> of a policy's rules.</summary>
[Flags]
public enum RepositoryActions
{
    None = 0,

    /// <summary>Read manifests, blobs, tags and referrers.</summary>
    Pull = 1,

    /// <summary>Add blobs, manifests and tags that do not exist yet, cancel uploads, and (with pull) restore what was deleted.</summary>
    Push = 2,

    /// <summary>Move an existing tag to another manifest.</summary>
    Overwrite = 4,

    /// <summary>Delete tags, manifests and blobs.</summary>
    Delete = 8,

    /// <summary>See the repository's name in the catalog.</summary>
    List = 16,

    /// <summary>All actions, deleting a repository, purging what was deleted, and reading storage usage.</summary>
    Admin = 32 | Pull | Push | Overwrite | Delete | List,
}

/// <summary>Names of the actions in policies.</summary>
public static class RepositoryActionNames
{
    /// <summary>Actions by name, in the order in which messages list them.</summary>
    public static readonly IReadOnlyDictionary<string, RepositoryActions> All =
        Enum.GetValues<RepositoryActions>()
            .Where(action => action != RepositoryActions.None)
            .ToDictionary(action => action.ToString().ToLowerInvariant());

    /// <summary>The names of the actions, such as <c>pull, push</c>.</summary>
    public static string Describe(this RepositoryActions actions) =>
        string.Join(", ", All.Where(pair => (actions & pair.Value) == pair.Value).Select(pair => pair.Key));
}
