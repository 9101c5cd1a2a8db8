using Registry.Oci;

namespace Registry.Storage;

/// <summary>Where everything lies: every table, container, key and object name of the registry.</summary>
/// <remarks>
/// <code>
/// table repositories       one partition per repository, so that what must change together can
///   {name with : for /}
///     m:{digest}            manifest: type, size, subject, references; its bytes, or the object that holds them
///     t:{tag}               tag: digest, type and size of its manifest
///     d:{digest}:{tag}      the tags of a manifest; changes only together with its t:
///     r:{subject}:{digest}  referrer: its descriptor
///     b:{digest}            link: this repository may read this blob; object, size, marked for deletion
///     u:{id}                upload session: offset, blocks, digest state; when finished, the digest
///     p:{digest}:{attempt}  a manifest with too many references for one transaction, being put: its references
///     x:{digest}            a deleted manifest, kept for undo: its m:, and when and by whom it was deleted
///     x:{tag}               a deleted tag, kept for undo: what it pointed to
///     l:{digest}            last use of a manifest: the day it was last pulled, and when a tag last left it
/// table digests            one partition per digest
///   {digest}
///     (empty)               content: the object that is the blob, size
///     {name with : for /}   owner: a repository that links it
/// table catalog            one partition, a row per repository
///   names
///     {name with : for /}
///   collections
///     {time, backwards}     a pass of the collector: how far it is, and its report
///   pulls
///     since                 when a collector first met this registry: from then on it knows which manifests are pulled
///     hosts                 for how long the hosts of this registry keep what
///   usage
///     {name with : for /}   what a repository holds, as the last pass of the collector has measured it, and how it grew
///   marks
///     (empty)               which registry this is, of which it is a backup, or which is being restored here
/// table access             who may do what is the policy's to say; this is what the registry needs to keep its word
///   keys
///     {day}                 a key that tokens are sealed with, made on that day
/// container blobs          {algorithm}/{hex}/{object}: written once, never overwritten; the content row says which one counts
/// container uploads        {session}: what arrived before its digest was known
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

    /// <summary>All of them: what a host creates where infrastructure code has not.</summary>
    public static readonly string[] Tables = [RepositoriesTable, DigestsTable, CatalogTable, AccessTable];
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

    /// <summary>A key for a repository: table keys cannot hold a slash, and names cannot hold a colon.</summary>
    public static string Key(RepositoryName name) => name.Value.Replace('/', ':');

    /// <summary>What the keys of names begin with that begin with this.</summary>
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

    /// <summary>Whose content an object is, from its name; null when the registry has not named it.</summary>
    public static Digest? DigestOfObject(string name) =>
        name.Split('/') is [var algorithm, var hex, _] && Oci.Digest.TryParse($"{algorithm}:{hex}", out var digest) ? digest : null;

    public static string UploadObject(Guid session) => session.ToString("D");

    /// <summary>A name that no one else has or will have: for objects and for recognizing one's own writes.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N");
}
