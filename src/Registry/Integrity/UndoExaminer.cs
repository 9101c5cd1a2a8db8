using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Looks at a deleted manifest that is kept for undo: whether it could still be restored.</summary>
/// <remarks>Nothing is repaired: somebody who deletes a blob means it, and the manifest may have been deleted for that.</remarks>
sealed class UndoExaminer(CheckContext context, RepositoryName name)
{
    readonly Partition _repository = context.Account.Repository(name);

    public async Task<IReadOnlyList<Problem>> ExamineAsync(string key, CancellationToken cancellationToken)
    {
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } row) return [];
        var missing = new List<Digest>();
        foreach (var held in (row.GetHeld() ?? []).Where(held => !held.IsManifest))
            if (await _repository.ReadAsync(Layout.Link(held.Digest), ["RowKey"], cancellationToken) is null) missing.Add(held.Digest);
        if (missing.Count == 0 || !await RowFingerprint.IsStillAsync(_repository, row, cancellationToken)) return [];
        return [new(new Finding(
            FindingKind.UndoIncomplete,
            name.Value,
            key,
            $"it was deleted, and so were blobs that it needs, such as {missing[0]}",
            Repair: null,
            "nothing; if you want it back, push it again", IsWarning: true))];
    }
}
