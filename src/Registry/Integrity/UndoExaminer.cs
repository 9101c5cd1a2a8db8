using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines a tombstone: whether its manifest can be restored.</summary>
/// <remarks>Nothing is repaired: deleting a blob is intended, and may be the reason why the manifest was deleted.</remarks>
sealed class UndoExaminer(CheckContext context, RepositoryName name)
{
    readonly Partition _repository = context.Account.Repository(name);

    public async Task<IReadOnlyList<Problem>> ExamineAsync(string key, CancellationToken cancellationToken)
    {
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } row) return [];
        var missing = new List<Digest>();
        foreach (var pinned in (row.GetPinned() ?? []).Where(pinned => pinned is { IsManifest: false, IsOptional: false }))
            if (await _repository.ReadAsync(Layout.Link(pinned.Digest), ["RowKey"], cancellationToken) is null) missing.Add(pinned.Digest);
        if (missing.Count == 0 || !await RowFingerprint.IsStillAsync(_repository, row, cancellationToken)) return [];
        return [new(new Finding(
            FindingKind.UndoIncomplete,
            name.Value,
            key,
            $"it was deleted, and blobs that it references were deleted separately, such as {missing[0]}",
            Repair: null,
            "nothing; to get it back, push it again", IsWarning: true))];
    }
}
