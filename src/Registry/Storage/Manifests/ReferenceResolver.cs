using Registry.Oci;

namespace Registry.Storage;

/// <summary>Decides which rows a manifest pins.</summary>
static class ReferenceResolver
{
    const int ParallelReads = 16;

    /// <summary>
    /// Resolves the references of a manifest that is pushed. Those to manifests or blobs need no reads, because the transaction that
    /// writes the manifest fails if they are missing. Others take two reads each, and none after the first that is missing: one digest
    /// may be that of a manifest and of a blob, and both are held.
    /// </summary>
    /// <param name="repository">Repository of the manifest.</param>
    /// <param name="references">What the manifest references.</param>
    /// <param name="sparse">Whether all of it may be missing; then each reference takes at least one read.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The references to pin; or one that is missing.</returns>
    public static async Task<(List<PinnedReference> Pinned, Digest? Missing)> ResolveAsync(
        Partition repository, IReadOnlyList<ManifestReference> references, bool sparse, CancellationToken cancellationToken)
    {
        var resolved = new PinnedReference[references.Count][];
        Digest? missing = null;
        await Parallel.ForAsync(0, references.Count, InParallel(cancellationToken), async (i, cancel) =>
        {
            var (reference, candidates) = (references[i], Candidates(references[i]));
            resolved[i] = candidates;
            if (!sparse && reference.Kind is ReferenceKind.Manifest or ReferenceKind.Blob) return;
            if (Volatile.Read(ref missing) is not null) return;
            for (var c = 0; c < candidates.Length; c++)
                candidates[c] = candidates[c] with { IsOptional = !await ExistsAsync(repository, candidates[c], cancel) };
            if (!sparse && reference.Kind != ReferenceKind.Optional && candidates.All(each => each.IsOptional))
                Volatile.Write(ref missing, reference.Digest);
        });
        return missing is null ? ([.. resolved.SelectMany(each => each)], null) : ([], missing);
    }

    /// <summary>
    /// The references of a manifest that is written again. Content that was pushed since is no longer optional, so it is touched, and a
    /// collector that reads neither the old row nor the new one does not delete it: up to two reads for each optional reference.
    /// </summary>
    public static async Task<List<PinnedReference>> PinPresentAsync(
        Partition repository, IReadOnlyList<PinnedReference> references, CancellationToken cancellationToken)
    {
        var pinned = references.ToArray();
        await Parallel.ForAsync(0, pinned.Length, InParallel(cancellationToken), async (i, cancel) =>
        {
            if (pinned[i].IsOptional) pinned[i] = pinned[i] with { IsOptional = !await ExistsAsync(repository, pinned[i], cancel) };
        });
        return [.. pinned];
    }

    static PinnedReference[] Candidates(ManifestReference reference)
    {
        PinnedReference manifest = new(reference.Digest, IsManifest: true), blob = new(reference.Digest, IsManifest: false);
        return reference.Kind switch
        {
            ReferenceKind.Manifest => [manifest],
            ReferenceKind.Blob => [blob],
            _ => [manifest, blob],
        };
    }

    static async Task<bool> ExistsAsync(Partition repository, PinnedReference reference, CancellationToken cancellationToken) =>
        await repository.ReadAsync(reference.Key, ["RowKey"], cancellationToken) is not null;

    static ParallelOptions InParallel(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
}
