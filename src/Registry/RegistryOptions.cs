using Registry.Access;
using Registry.Policies;

namespace Registry;

/// <summary>The settings of a registry: the section <c>Registry</c> of the configuration.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    public StorageOptions Storage { get; set; } = new();

    public UploadOptions Uploads { get; set; } = new();

    public CollectionOptions Collection { get; set; } = new();

    /// <summary>Who may do what: the text of a policy (docs/use/access.md). Without this and <see cref="PolicyFile"/> nobody may do anything.</summary>
    public string? Policy { get; set; }

    /// <summary>A file with the policy, which is read again when it changes.</summary>
    public string? PolicyFile { get; set; }

    /// <summary>Whether anyone may do anything where there is no policy: only a host that nobody else can reach sets it.</summary>
    internal bool OpenWithoutPolicy { get; set; }

    /// <summary>
    /// The address under which clients reach the registry, such as <c>https://registry.example.com</c>, for absolute
    /// <c>Location</c> headers and the address of the token endpoint. Without it the former are relative, which every client
    /// understands, and the latter is on the host that the client has named.
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

    /// <summary>What is wrong with the settings and what to do about it; null when nothing is.</summary>
    public string? Validate()
    {
        if (PublicUrl is { } url && !IsAddress(url)) return $"{Section}:PublicUrl must be an http or https address, such as https://registry.example.com.";
        if (Uploads.Location is { } location && !IsAddress(location))
            return $"{Section}:Uploads:Location must be an http or https address, such as https://uploads.example.com.";
        if (Storage.GracePeriod <= TimeSpan.Zero) return $"{Section}:Storage:GracePeriod must be longer than nothing.";
        if (Storage.DeletedRetention < TimeSpan.Zero) return $"{Section}:Storage:DeletedRetention must not be shorter than nothing; 7.00:00:00 is a week.";
        if (Collection.Interval <= TimeSpan.Zero) return $"{Section}:Collection:Interval must be longer than nothing; 1.00:00:00 is a day.";
        if (Collection.MaxRunTime <= TimeSpan.Zero) return $"{Section}:Collection:MaxRunTime must be longer than nothing; 00:20:00 is twenty minutes.";
        if (Uploads.TokenLifetime <= TimeSpan.Zero || Uploads.TokenLifetime > TimeSpan.FromDays(1))
            return $"{Section}:Uploads:TokenLifetime must be longer than nothing and no longer than a day; 00:15:00 is a quarter of an hour.";
        if (Storage.BlobUri is null != Storage.TableUri is null) return $"{Section}:Storage:BlobUri and {Section}:Storage:TableUri must be set both or neither.";
        if (!string.IsNullOrEmpty(Storage.ConnectionString) && Storage.BlobUri is not null) return $"{Section}:Storage:ConnectionString and {Section}:Storage:BlobUri name two accounts; set one.";
        if (!string.IsNullOrEmpty(Policy) && !string.IsNullOrEmpty(PolicyFile)) return $"{Section}:Policy and {Section}:PolicyFile name two policies; set one.";
        try
        {
            PolicySource.Read(this);
        }
        catch (PolicyException e)
        {
            return e.Message;
        }
        return null;
    }

    static bool IsAddress(Uri url) => url.IsAbsoluteUri && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.Fragment.Length == 0;
}

/// <summary>Where and how blobs are uploaded.</summary>
public sealed class UploadOptions
{
    /// <summary>
    /// The address of a host that takes uploads in place of this one, such as <c>https://uploads.example.com</c>: the same
    /// registry on the same storage account, where requests may be of any size. Upload sessions that begin here go on there,
    /// with a token in their location in place of other credentials, if the client is one that follows it (crane, docker,
    /// containerd, skopeo …). Null where this host takes them all itself.
    /// </summary>
    public Uri? Location { get; set; }

    /// <summary>How long such a token may be used; every answer of the session carries a new one.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The longest body that this host takes in one request, in bytes, to be told to those who upload; null where there is
    /// no limit. It is not enforced here: a host sets it to the limit that it has.
    /// </summary>
    public long? MaxRequestBytes { get; set; }
}

/// <summary>When garbage is collected by itself.</summary>
public sealed class CollectionOptions
{
    /// <summary>Whether hosts collect by themselves; without it only the command <c>collect</c> does.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long after the beginning of one pass the next is due. A little less than a day: hosts that ask once an hour make one a day then.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(23.5);

    /// <summary>How long a host works on a pass at a time. What is left is gone on with later.</summary>
    public TimeSpan MaxRunTime { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How often a server asks whether a pass is due: two transactions.</summary>
    internal TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A pass that was not written down for this long has been left by its process; a process at work does that every few seconds.</summary>
    internal TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromMinutes(2);
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
    /// Whether a host creates the tables and containers when it starts: for the emulator, and for accounts that no
    /// infrastructure code has set up. Unset: only where there is a connection string.
    /// </summary>
    public bool? Create { get; set; }

    /// <summary>
    /// How long unreferenced content is kept before it may be collected. An upload session ends after half of it without a
    /// request, and a request that takes longer than an eighth of it to link what it committed gives up.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a deleted manifest or tag can be restored, and its content is kept for that; nothing: not at all.</summary>
    public TimeSpan DeletedRetention { get; set; } = TimeSpan.FromDays(7);

    internal bool ShouldCreate => Create ?? !string.IsNullOrEmpty(ConnectionString);

    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || BlobUri is not null || TableUri is not null;
}
