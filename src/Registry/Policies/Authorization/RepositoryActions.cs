namespace Registry.Policies;

/// <summary>What may be done with a repository: the words of a policy's <c>actions</c>.</summary>
[Flags]
public enum RepositoryActions
{
    None = 0,

    /// <summary>Read manifests, blobs, tags and referrers.</summary>
    Pull = 1,

    /// <summary>Add blobs, manifests and tags that are new, and cancel one's own uploads.</summary>
    Push = 2,

    /// <summary>Let a tag that exists point to another manifest.</summary>
    Overwrite = 4,

    /// <summary>Delete tags, manifests and blobs.</summary>
    Delete = 8,

    /// <summary>See its name in the catalog.</summary>
    List = 16,

    /// <summary>All of them, and what is for owners alone.</summary>
    Admin = 32 | Pull | Push | Overwrite | Delete | List,
}

/// <summary>The words for actions.</summary>
public static class RepositoryActionNames
{
    /// <summary>Every action by its word, in the order in which they are told.</summary>
    public static readonly IReadOnlyDictionary<string, RepositoryActions> All =
        Enum.GetValues<RepositoryActions>()
            .Where(action => action != RepositoryActions.None)
            .ToDictionary(action => action.ToString().ToLowerInvariant());

    /// <summary>Such as <c>pull, push</c>.</summary>
    public static string Describe(this RepositoryActions actions) =>
        string.Join(", ", All.Where(pair => (actions & pair.Value) == pair.Value).Select(pair => pair.Key));
}
