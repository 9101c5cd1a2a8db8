using System.Text.RegularExpressions;
using Registry.Access;
using Registry.Policies;

namespace Registry;

/// <summary>The settings of a registry: the section <c>Registry</c> of the configuration.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    public StorageOptions Storage { get; set; } = new();

    public UploadOptions Uploads { get; set; } = new();

    public RequestOptions Requests { get; set; } = new();

    public CollectionOptions Collection { get; set; } = new();

    /// <summary>
    /// The policy as JSON text (docs/use/access.md). Without this and <see cref="PolicyFile"/> every request is denied.
    /// </summary>
    public string? Policy { get; set; }

    /// <summary>Path of a file with the policy. Changes take effect within seconds, without a restart.</summary>
    public string? PolicyFile { get; set; }

    /// <summary>Whether every request is allowed where no policy is set. Only for a host that no other machine can reach.</summary>
    internal bool OpenWithoutPolicy { get; set; }

    /// <summary>
    /// The URL under which clients reach the registry, such as <c>https://registry.example.com</c>, for absolute
    /// <c>Location</c> headers and the URL of the token endpoint. Without it <c>Location</c> headers are relative, which every
    /// client understands, and the token endpoint is on the host of the request's Host header.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>
    /// Origins of web pages that may call the registry (CORS), such as <c>https://ui.example.com</c>; none by default. The web UI
    /// of the registry itself needs none.
    /// </summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>
    /// Whether a GET of a blob is redirected (307) to a short-lived URL of the storage account, so that its bytes do not pass
    /// through the registry. Leave it off where clients cannot reach the storage account.
    /// </summary>
    public bool RedirectDownloads { get; set; }

    /// <summary>Whether clients can push, and restore what was deleted; false for a read-only replica. The same on all hosts.</summary>
    public bool AllowPush { get; set; } = true;

    /// <summary>
    /// Whether clients can delete manifests, tags and blobs, whatever the policy allows. Retention and garbage collection do not
    /// depend on it. The same on all hosts.
    /// </summary>
    public bool AllowDelete { get; set; } = true;

    /// <summary>Lifetime of the access tokens that the registry issues. At most one day.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Validates the settings: the first error and how to correct it; null when they are valid.</summary>
    public string? Validate()
    {
        if (PublicUrl is { } url && !IsHttpUrl(url))
            return $"{Section}:PublicUrl must be an http or https URL without credentials or query, such as https://registry.example.com.";
        if (Uploads.Location is { } location && !IsHttpUrl(location))
        {
            return $"{Section}:Uploads:Location must be an http or https URL without credentials or query, such as "
                + "https://uploads.example.com or https://registry.example.com/uploads.";
        }
        if (!Uploads.IsPathValid)
        {
            return $"The path of {Section}:Uploads:Location must have only letters, digits, '-', '_' and '.', and not begin with /v2, "
                + "/ui or /healthz, which the registry itself serves; https://registry.example.com/uploads is valid.";
        }
        if (CorsOrigins.FirstOrDefault(origin => !IsOrigin(origin)) is { } bad)
            return $"{Section}:CorsOrigins lists origins such as https://ui.example.com, in lowercase and without a path; '{bad}' is none.";
        if (Storage.GracePeriod <= TimeSpan.Zero)
            return $"{Section}:Storage:GracePeriod must be longer than zero; 1.00:00:00 is a day.";
        if (Storage.DeletedRetention < TimeSpan.Zero)
            return $"{Section}:Storage:DeletedRetention must be zero or longer; 7.00:00:00 is a week.";
        if (Requests.IdleTimeout <= TimeSpan.Zero || Requests.IdleTimeout > TimeSpan.FromDays(1))
            return $"{Section}:Requests:IdleTimeout must be longer than zero and at most one day; 00:02:00 is two minutes.";
        if (Requests.BodyTimeout <= TimeSpan.Zero || Requests.BodyTimeout > TimeSpan.FromDays(1))
            return $"{Section}:Requests:BodyTimeout must be longer than zero and at most one day; 00:05:00 is five minutes.";
        if (Collection.Interval <= TimeSpan.Zero)
            return $"{Section}:Collection:Interval must be longer than zero; 1.00:00:00 is a day.";
        if (Collection.MaxRunTime <= TimeSpan.Zero)
            return $"{Section}:Collection:MaxRunTime must be longer than zero; 00:20:00 is twenty minutes.";
        if (AccessTokenLifetime < TimeSpan.FromMinutes(1) || AccessTokenLifetime > TimeSpan.FromDays(1))
            return $"{Section}:AccessTokenLifetime must be at least one minute and at most one day; 00:05:00 is five minutes.";
        if (Uploads.TokenLifetime <= TimeSpan.Zero || Uploads.TokenLifetime > TimeSpan.FromDays(1))
            return $"{Section}:Uploads:TokenLifetime must be longer than zero and at most one day; 01:00:00 is an hour.";
        if (Storage.BlobUri is null != Storage.TableUri is null)
            return $"{Section}:Storage:BlobUri and {Section}:Storage:TableUri must both be set, or neither.";
        if (!string.IsNullOrEmpty(Storage.ConnectionString) && Storage.BlobUri is not null)
            return $"{Section}:Storage:ConnectionString and {Section}:Storage:BlobUri are both set. Set only one of them.";
        if (!string.IsNullOrEmpty(Policy) && !string.IsNullOrEmpty(PolicyFile))
            return $"{Section}:Policy and {Section}:PolicyFile are both set. Set only one of them.";
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

    static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && IsHttpUrl(url) && url.GetLeftPart(UriPartial.Authority) == text;

    static bool IsHttpUrl(Uri url) =>
        url.IsAbsoluteUri
        && url.Scheme is "http" or "https"
        && url.UserInfo.Length == 0
        && url.Query.Length == 0
        && url.Fragment.Length == 0;
}

/// <summary>Where and how blobs are uploaded.</summary>
public sealed partial class UploadOptions
{
    /// <summary>
    /// URL of an upload host, which takes uploads in place of this host: a server on the same storage account, with no limit on the
    /// size of requests. Upload sessions start here and continue there, with a token in their location in place of other
    /// credentials. With a path on the registry's own host, such as <c>https://registry.example.com/uploads</c>, which a proxy in
    /// front routes to the upload host, for all clients; on another host, such as <c>https://uploads.example.com</c>, for clients that
    /// are known to follow (crane, docker, containerd, skopeo …). Null where this host takes all uploads.
    /// </summary>
    public Uri? Location { get; set; }

    /// <summary>The path of <see cref="Location"/> without a slash at its end; empty for none.</summary>
    internal string Path => Location?.AbsolutePath.TrimEnd('/') ?? "";

    /// <summary>Also a part of a route's template and of headers, so it has nothing that would have to be escaped.</summary>
    internal bool IsPathValid => PlainPath().IsMatch(Path);

    [GeneratedRegex(@"\A(?!/(?i:v2|ui|healthz)(?:/|\z))(?:/[A-Za-z0-9._-]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainPath();

    /// <summary>
    /// How long the token in the location of an upload session takes the place of credentials; every response of the session has a new
    /// one. At most one day.
    /// </summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Largest request body that the host accepts, in bytes, for the Upload-Limit header; null for no limit. The registry does
    /// not enforce it: a host sets it to its own limit.
    /// </summary>
    public long? MaxRequestBytes { get; set; }
}

/// <summary>How long the registry waits for clients.</summary>
public sealed class RequestOptions
{
    /// <summary>
    /// Longest silence of a client that sends a body or reads a response, however much went before. An upload session survives it
    /// with what it had; the client gets 408, or the connection ends if the response has begun.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>A manifest or form must have arrived within this time; layers may take as long as they need.</summary>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>Settings of automatic garbage collection.</summary>
public sealed class CollectionOptions
{
    /// <summary>Whether hosts run passes automatically; otherwise only the command <c>collect</c> does.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Time from the start of one pass until the next is due. A little less than a day, so that hosts that check once an hour run
    /// one pass per day.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(23.5);

    /// <summary>How long a host works on a pass at a time. An unfinished pass is resumed later.</summary>
    public TimeSpan MaxRunTime { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How often a server checks whether a pass is due, at the cost of two storage transactions.</summary>
    internal TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Lease timeout: another process may take over a pass whose checkpoint is older. A running process checkpoints every few
    /// seconds.
    /// </summary>
    internal TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromMinutes(2);
}

/// <summary>The storage account: a connection string, or the URLs of its services, accessed with the identity of the process.</summary>
public sealed class StorageOptions
{
    public string? ConnectionString { get; set; }

    /// <summary>URL of the blob service, such as <c>https://account.blob.core.windows.net</c>; requires <see cref="TableUri"/>.</summary>
    public Uri? BlobUri { get; set; }

    /// <summary>URL of the table service, such as <c>https://account.table.core.windows.net</c>; requires <see cref="BlobUri"/>.</summary>
    public Uri? TableUri { get; set; }

    /// <summary>Client id of a user-assigned managed identity; without it DefaultAzureCredential chooses an identity.</summary>
    public string? ManagedIdentityClientId { get; set; }

    /// <summary>
    /// Whether a host creates the tables and containers when it starts: for the emulator, and for accounts that no
    /// infrastructure code has set up. Default: only with a connection string.
    /// </summary>
    public bool? Create { get; set; }

    /// <summary>
    /// How long unreferenced content is kept before a collector may delete it. An upload session expires after half of it without
    /// a request. A request fails that takes longer than an eighth of it to link the content that it committed.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a deleted manifest or tag can be restored, and its content is kept for this; zero disables restoration.</summary>
    public TimeSpan DeletedRetention { get; set; } = TimeSpan.FromDays(7);

    internal bool ShouldCreate => Create ?? !string.IsNullOrEmpty(ConnectionString);

    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || BlobUri is not null || TableUri is not null;
}
