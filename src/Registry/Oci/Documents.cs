using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Oci;

/// <summary>Answer to end-12: an image index of the manifests that refer to a subject.</summary>
public sealed record ReferrersIndex([property: JsonPropertyName("manifests")] IReadOnlyList<Descriptor> Manifests)
{
    [JsonPropertyName("schemaVersion"), JsonPropertyOrder(-2)]
    public int SchemaVersion { get; } = 2;

    [JsonPropertyName("mediaType"), JsonPropertyOrder(-1)]
    public string MediaType { get; } = Oci.MediaType.OciIndex;
}

/// <summary>Answer to end-8: the tags of a repository, in the order of their bytes.</summary>
public sealed record TagList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);

/// <summary>An answer that says what went wrong (distribution spec, "Error Codes").</summary>
public sealed record ErrorDocument([property: JsonPropertyName("errors")] IReadOnlyList<ErrorEntry> Errors);

/// <summary>One thing that went wrong: a code of the spec and a message for people.</summary>
public sealed record ErrorEntry(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message);

/// <summary>Answer to <c>GET /v2/_catalog</c>: the names of the repositories.</summary>
public sealed record Catalog([property: JsonPropertyName("repositories")] IReadOnlyList<string> Repositories);

/// <summary>Answer of the list of what was deleted and can be restored.</summary>
public sealed record DeletedList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("deleted")] IReadOnlyList<DeletedItem> Deleted);

/// <summary>A tag or a manifest that was deleted.</summary>
/// <param name="Reference">The tag, or the digest of the manifest.</param>
/// <param name="Digest">Of the manifest that it is or pointed to.</param>
/// <param name="MediaType">Of that manifest.</param>
/// <param name="Size">Of that manifest, in bytes.</param>
/// <param name="DeletedAt">When.</param>
/// <param name="DeletedBy">Who did it, as the audit log names them.</param>
/// <param name="RestorableUntil">From then on it may be gone for good.</param>
public sealed record DeletedItem(
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("deletedAt")] DateTimeOffset DeletedAt,
    [property: JsonPropertyName("deletedBy")] string? DeletedBy,
    [property: JsonPropertyName("restorableUntil")] DateTimeOffset RestorableUntil);

/// <summary>Answer to a restoration.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">What was asked for.</param>
/// <param name="Tags">The tags that are there again.</param>
public sealed record RestoredReference(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);

/// <summary>Answer of what a delete would do.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">What would be deleted: a tag or the digest of a manifest.</param>
/// <param name="Digest">Of the manifest.</param>
/// <param name="Refused">Why it would be refused; null when it would not.</param>
/// <param name="Tags">The tags that would go.</param>
/// <param name="Manifest">Whether the manifest itself would go: by tag it stays.</param>
/// <param name="Untagged">Whether it would stay without any tag.</param>
/// <param name="Referrers">What refers to the manifest, and would be left without its subject.</param>
/// <param name="Parents">Digests of the indexes that name it.</param>
/// <param name="FreedBytes">Of the blobs that nothing else in the repository needs.</param>
/// <param name="RestorableUntil">If it were deleted now; null when it could not be restored.</param>
public sealed record DeletePreview(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("refused")] string? Refused,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags,
    [property: JsonPropertyName("manifest")] bool Manifest,
    [property: JsonPropertyName("untagged")] bool Untagged,
    [property: JsonPropertyName("referrers")] IReadOnlyList<Descriptor> Referrers,
    [property: JsonPropertyName("parents")] IReadOnlyList<string> Parents,
    [property: JsonPropertyName("freedBytes")] long FreedBytes,
    [property: JsonPropertyName("restorableUntil")] DateTimeOffset? RestorableUntil);

/// <summary>Answer of the list of tags with what they point to.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Actions">What the caller may do there, in the words of the policy.</param>
/// <param name="Tags">In the order of their bytes.</param>
public sealed record TagDetailsList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("actions")] IReadOnlyList<string> Actions,
    [property: JsonPropertyName("tags")] IReadOnlyList<TagDetails> Tags);

/// <summary>A tag and the manifest that it points to.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Digest">Of the manifest.</param>
/// <param name="MediaType">Of the manifest.</param>
/// <param name="Size">Of the manifest, in bytes.</param>
/// <param name="Changed">When the tag was pushed last.</param>
public sealed record TagDetails(
    [property: JsonPropertyName("tag")] string Tag,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("changed")] DateTimeOffset? Changed);

/// <summary>Answer of what all repositories hold that the caller owns.</summary>
public sealed record UsageList([property: JsonPropertyName("repositories")] IReadOnlyList<UsageItem> Repositories);

/// <summary>What a repository holds, as the last pass of the collector has measured it; in bytes.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Measured">When the pass began; null when none has measured it yet, and so are the figures then.</param>
/// <param name="Manifests">How many there are.</param>
/// <param name="Bytes">Of all blobs that it links.</param>
/// <param name="UniqueBytes">Of those that no other repository links; null when they have not been counted yet.</param>
/// <param name="UnreferencedBytes">Of those that no manifest needs: the collector frees them.</param>
/// <param name="RestorableBytes">Of those that only deleted manifests need: they are freed when these cannot be restored any more.</param>
/// <param name="LastPushed">Of the manifests that are there.</param>
/// <param name="LastPulled">Likewise, to the day.</param>
/// <param name="History">A point a day, oldest first.</param>
public sealed record UsageItem(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("measured")] DateTimeOffset? Measured,
    [property: JsonPropertyName("manifests")] long? Manifests,
    [property: JsonPropertyName("bytes")] long? Bytes,
    [property: JsonPropertyName("uniqueBytes")] long? UniqueBytes,
    [property: JsonPropertyName("unreferencedBytes")] long? UnreferencedBytes,
    [property: JsonPropertyName("restorableBytes")] long? RestorableBytes,
    [property: JsonPropertyName("lastPushed")] DateTimeOffset? LastPushed,
    [property: JsonPropertyName("lastPulled")] string? LastPulled,
    [property: JsonPropertyName("history")] IReadOnlyList<UsagePoint> History);

/// <summary>What a repository held on a day.</summary>
public sealed record UsagePoint(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("manifests")] long Manifests);

/// <summary>Answer of the token endpoint (distribution, "Token Authentication Specification", "Token Response Fields").</summary>
/// <param name="Token">Opaque.</param>
/// <param name="AccessToken">The same, as OAuth calls it.</param>
/// <param name="ExpiresIn">Seconds from <paramref name="IssuedAt"/>.</param>
/// <param name="IssuedAt">When it was made.</param>
/// <param name="RefreshToken">To get further tokens for; null for none.</param>
public sealed record TokenDocument(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("issued_at")] DateTimeOffset IssuedAt,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken);

[JsonSerializable(typeof(ReferrersIndex))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(Catalog))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(DeletedList))]
[JsonSerializable(typeof(RestoredReference))]
[JsonSerializable(typeof(DeletePreview))]
[JsonSerializable(typeof(TagDetailsList))]
[JsonSerializable(typeof(UsageList))]
public sealed partial class Documents : JsonSerializerContext
{
    /// <summary>Writes <c>+json</c> as it is: these documents are read by programs and never stand inside a page.</summary>
    public static Documents Plain { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
