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
public sealed partial class Documents : JsonSerializerContext
{
    /// <summary>Writes <c>+json</c> as it is: these documents are read by programs and never stand inside a page.</summary>
    public static Documents Plain { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
