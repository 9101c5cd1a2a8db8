namespace Registry;

/// <summary>The settings of a registry: the section <c>Registry</c> of the configuration.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    public StorageOptions Storage { get; set; } = new();

    /// <summary>
    /// The address under which clients reach the registry, such as <c>https://registry.example.com</c>, for absolute
    /// <c>Location</c> headers. Without it they are relative, which every client understands.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>
    /// Whether a blob is answered with 307 to a short-lived address in the storage account, so that its bytes do not pass
    /// through the registry. Turn it off where clients cannot reach the storage account.
    /// </summary>
    public bool RedirectDownloads { get; set; }

    /// <summary>
    /// Whether a manifest is accepted although content that it references is not in the repository: for partial mirrors, and
    /// for clients that push a manifest before its blobs. What is missing then stays missing until someone pushes it.
    /// </summary>
    public bool AcceptSparseManifests { get; set; }
}

/// <summary>Which storage account: a connection string, or the addresses of its services for the identity of the process.</summary>
public sealed class StorageOptions
{
    public string? ConnectionString { get; set; }

    /// <summary>For example <c>https://account.blob.core.windows.net</c>; with <see cref="TableUri"/>.</summary>
    public Uri? BlobUri { get; set; }

    /// <summary>For example <c>https://account.table.core.windows.net</c>; with <see cref="BlobUri"/>.</summary>
    public Uri? TableUri { get; set; }

    /// <summary>Client id of a user-assigned managed identity; without it DefaultAzureCredential chooses.</summary>
    public string? ManagedIdentityClientId { get; set; }

    /// <summary>
    /// How long unreferenced content is kept before it may be collected. An upload session ends after half of it without a
    /// request, and a request that takes longer than an eighth of it to link what it committed gives up.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromHours(24);

    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || (BlobUri is not null && TableUri is not null);
}
