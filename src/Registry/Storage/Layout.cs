using Registry.Oci;

namespace Registry.Storage;

/// <summary>Where the registry stores its data: every table, container, key and object name.</summary>
/// <remarks>
/// <code>
/// table repositories       one partition per repository, so that rows that must change together can change in one transaction
///   {name with : for /}
///     m:{digest}            manifest: type, size, subject, references; its bytes, or the id of the object that holds them
///     t:{tag}               tag: digest, type and size of its manifest
///     d:{digest}:{tag}      a tag of a manifest; changes only together with its t:
///     r:{subject}:{digest}  referrer: its descriptor
///     b:{digest}            link: this repository may read this blob; object, size, marked for deletion or not
///     u:{id}                upload session: offset, staged blocks, state of the digest; when finished, the digest
///     p:{digest}:{attempt}  pending: the references of a manifest being pushed that has too many for one transaction
///     x:{digest}            tombstone of a manifest, for restore: its m:, when and by whom it was deleted
///     x:{tag}               tombstone of a tag, for restore: the manifest it pointed to, when and by whom it was deleted
///     l:{digest}            use of a manifest: the day it was last pulled, and when it last lost a tag
/// table digests            one partition per digest
///   {digest}
///     (empty)               content row: the object that is the blob, size
///     {name with : for /}   owner: a repository that links the content, or did until lately
/// table catalog            one partition, a row per repository
///   names
///     {name with : for /}
///   collections
///     {time, descending}    a pass of the collector: its checkpoint and its report
///   pulls
///     since                 when a collector first ran on this registry: pulls from then on are recorded
///     hosts                 grace period and deleted retention that the hosts of this registry are set to
///   usage
///     {name with : for /}   usage of a repository, as the last pass of the collector measured it, and its history
///   marks
///     (empty)               id of this registry, of the one it is a backup of, or of the one being restored to this account
/// table access             secrets of authentication; who may do what is in the policy, not here
///   keys
///     {day}                 key that tokens are sealed with, created on that day
/// container blobs          {algorithm}/{hex}/{object}: written once, never overwritten; the content row names the one in use
/// container uploads        {session}: chunks staged before the digest was known
/// </code>
/// </remarks>
static class Layout
{
    public const string RepositoriesTable = "repositories";
    public const string DigestsTable = "digests";
    public const string CatalogTable = "catalog";
    public const string AccessTable = "access";
    public const string BlobsContainer = "blobs";
    public const string UploadsContainer = "uploads";

    /// <summary>All tables; a host creates those that infrastructure code has not.</summary>
    public static readonly string[] Tables = [RepositoriesTable, DigestsTable, CatalogTable, AccessTable];
    /// <summary>All containers, likewise.</summary>
    public static readonly string[] Containers = [BlobsContainer, UploadsContainer];

    public const string CatalogPartition = "names";
    public const string CollectionsPartition = "collections";
    public const string PullsPartition = "pulls";
    public const string UsagePartition = "usage";
    public const string MarksPartition = "marks";
    public const string KeysPartition = "keys";
    public const string ContentRow = "";

    public const string ManifestPrefix = "m:";
    public const string TagPrefix = "t:";
    public const string LinkPrefix = "b:";
    public const string PendingPrefix = "p:";
    public const string UploadPrefix = "u:";
    public const string DeletedPrefix = "x:";
    public const string UsePrefix = "l:";

    /// <summary>The table key of a repository: keys cannot contain a slash, and names cannot contain a colon.</summary>
    public static string Key(RepositoryName name) => name.Value.Replace('/', ':');

    /// <summary>The prefix of the keys of all names with this prefix.</summary>
    public static string KeyPrefix(string prefix) => prefix.Replace('/', ':');

    public static string NameOf(string key) => key.Replace(':', '/');

    public static string Manifest(Digest digest) => $"{ManifestPrefix}{digest}";

    public static string Tag(Tag tag) => $"{TagPrefix}{tag}";

    public static string TagsOfPrefix(Digest digest) => $"d:{digest}:";

    public static string TagOf(Digest digest, Tag tag) => $"d:{digest}:{tag}";

    public static string ReferrersPrefix(Digest subject) => $"r:{subject}:";

    public static string Referrer(Digest subject, Digest digest) => $"r:{subject}:{digest}";

    public static string Link(Digest digest) => $"{LinkPrefix}{digest}";

    public static string Upload(Guid session) => $"{UploadPrefix}{session:D}";

    public static string Deleted(Digest manifest) => $"{DeletedPrefix}{manifest}";

    public static string Deleted(Tag tag) => $"{DeletedPrefix}{tag}";

    public static string Use(Digest manifest) => $"{UsePrefix}{manifest}";

    public static string Pending(Digest digest, string attempt) => $"{PendingPrefix}{digest}:{attempt}";

    public static string BlobObject(Digest digest, string id) => $"{digest.Algorithm}/{digest.Hex}/{id}";

    /// <summary>The digest that an object's name contains; null when the name is not one that the registry makes.</summary>
    public static Digest? DigestOfObject(string name) =>
        name.Split('/') is [var algorithm, var hex, _] && Oci.Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;

    public static string UploadObject(Guid session) => session.ToString("D");

    /// <summary>A unique id: names a new object, or identifies a write whose answer was lost.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N");
}
