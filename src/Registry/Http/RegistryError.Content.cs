using Registry.Oci;

namespace Registry.Http;

/// <content>Repositories, manifests, tags, blobs and upload sessions: invalid, unknown, or not as the request states.</content>
public sealed partial record RegistryError
{
    public static RegistryError MediaTypeConflict(Digest digest) => new(
        403,
        "DENIED",
        $"The manifest {digest} exists with another media type. Push it with its existing media type, or delete it first.");

    public static RegistryError BlobUnknown(Digest digest) =>
        new(404, "BLOB_UNKNOWN", $"The repository has no blob {digest}. Check the digest and the repository, or push the blob.");

    public static RegistryError UploadUnknown() =>
        new(
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "The repository has no such upload session: it has ended, never existed, or its location has expired. "
            + "Start a new upload with POST.");

    public static RegistryError UploadOutOfOrder(long offset) =>
        new(
            416,
            "BLOB_UPLOAD_INVALID",
            $"The chunk does not start at the offset of the upload, which is byte {offset}. "
            + "Send GET to the upload's location for its current offset, and resume from there.");

    public static RegistryError UploadInvalid(string message) => new(400, "BLOB_UPLOAD_INVALID", message);

    public static RegistryError TooManyChunks() =>
        new(413, "BLOB_UPLOAD_INVALID", "The upload has too many chunks. Start a new upload with fewer, larger chunks.");

    public static RegistryError DigestInvalid(string? text) =>
        new(400, "DIGEST_INVALID", $"{Quote(text)} is not a valid digest: it must be {Digest.Grammar}.");

    public static RegistryError AlgorithmInvalid(string text) =>
        new(400, "DIGEST_INVALID", $"The digest algorithm {Quote(text)} is not supported. Use sha256 or sha512.");

    public static RegistryError DigestMismatch(Digest stated, Digest? actual) =>
        new(
            400,
            "DIGEST_INVALID",
            $"The uploaded content has the digest {actual}, not {stated}. Upload it again, or correct the digest of the request.");

    public static RegistryError ReferenceUnknown(Digest? digest) =>
        new(
            400,
            "MANIFEST_BLOB_UNKNOWN",
            $"The manifest references {digest}, which does not exist in this repository. Push it before the manifest. "
            + "The policy's list 'sparseManifests' names the repositories that accept manifests without their content.");

    public static RegistryError ManifestInvalid(string message) => new(400, "MANIFEST_INVALID", message);

    public static RegistryError ManifestTooLarge() =>
        new(413, "MANIFEST_INVALID", $"The manifest is larger than {Manifest.MaxSize} bytes. Move content into blobs.");

    public static RegistryError ManifestUnknown(string reference) =>
        new(404, "MANIFEST_UNKNOWN", $"The repository has no manifest {Quote(reference)}. Check the tag or digest and the repository.");

    public static RegistryError DeletedUnknown(string reference) =>
        new(
            404,
            "MANIFEST_UNKNOWN",
            $"The repository has no deleted tag or manifest {Quote(reference)} that can be restored. "
            + "List what can be restored at …/_registry/deleted/list.");

    public static RegistryError RestoredTagExists(string tag, Digest digest) =>
        new(
            409,
            "DENIED",
            $"The tag {Quote(tag)} exists again and points to another manifest. The deleted tag pointed to {digest}: restore that "
            + "manifest by its digest if it was deleted too, and push it with another tag.");

    public static RegistryError RestoredManifestGone(string tag, Digest digest) =>
        new(404, "MANIFEST_UNKNOWN", $"The tag {Quote(tag)} pointed to {digest}, which cannot be restored any more. Push it again.");

    public static RegistryError TagInvalid(string text) =>
        new(400, "MANIFEST_INVALID", $"{Quote(text)} is neither a valid tag nor a digest: a tag is {Tag.Grammar}.");

    public static RegistryError TooManyTags(int limit) =>
        new(414, "MANIFEST_INVALID", $"One push sets {limit} tags at most. Set the others with further pushes.");

    public static RegistryError NameInvalid(string text) =>
        new(400, "NAME_INVALID", $"{Quote(text)} is not a valid repository name: it must be {RepositoryName.Grammar}.");

    public static RegistryError NameUnknown(RepositoryName name) =>
        new(404, "NAME_UNKNOWN", $"The repository {name} does not exist. It is created when the first manifest is pushed to it.");

    /// <param name="digest">Digest of the blob.</param>
    /// <param name="neededBy">Digest of the manifest; null for a caller that may not pull, and must not learn which one exists.</param>
    public static RegistryError BlobNeeded(Digest digest, string? neededBy) =>
        new(
            405,
            "UNSUPPORTED",
            $"The blob {digest} is referenced by {(neededBy is null ? "a manifest" : $"the manifest {neededBy}")}. "
            + "Delete that manifest first.")
        {
            Allow = "GET, HEAD",
        };
}
