using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines a referrer row without a manifest that has this subject.</summary>
sealed class ReferrerExaminer(CheckContext context, RepositoryName name, ManifestExaminer manifests)
{
    readonly Partition _repository = context.Account.Repository(name);
    readonly ManifestRebuild _rebuild = new(context, name);

    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest subject, Digest digest, CancellationToken cancellationToken)
    {
        if (await _repository.ReadAsync(Layout.Referrer(subject, digest), columns: null, cancellationToken) is not { } row) return [];
        var (manifest, assessment) = await manifests.ReadAsync(digest, cancellationToken);
        // The bytes are authoritative: the manifest's row may be wrong itself.
        if ((assessment?.Manifest is { } read ? read.Subject?.ToString() : manifest?.GetText(Columns.Subject)) == subject.ToString())
            return [];
        var type = row.GetText(Columns.MediaType);
        var lost = manifest is null ? await _rebuild.FindAsync(digest, type, cancellationToken) : null;
        if (!await RowFingerprint.IsStillAsync(_repository, row, cancellationToken)) return [];

        var message = manifest is null ? "its manifest does not exist" : "its manifest has another subject, or none";
        return lost?.Subject == subject
            ? [new(
                new Finding(
                    FindingKind.ReferrerOrphaned,
                    name.Value,
                    row.RowKey,
                    message,
                    "write the manifest again from an object that has its bytes, if everything that it references exists"),
                cancel => _rebuild.RunAsync(digest, type, null, [_repository.Unchanged(row)], cancel))]
            : [new(
                new Finding(FindingKind.ReferrerOrphaned, name.Value, row.RowKey, message, "remove it from the referrers"),
                cancel => _repository.SubmitAsync([_repository.Delete(row.RowKey, row.ETag)], cancel))];
    }
}
