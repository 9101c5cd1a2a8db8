using Registry.Oci;

namespace Registry.Storage;

/// <summary>Decides which rows a manifest pins.</summary>
static class ReferenceResolver
{
    const int ParallelReads = 16;

    /// <summary>
    /// Resolves the references of a manifest that is pushed. Those to manifests or blobs need no reads, because the transaction that
    /// writes the manifest fails if they are missing. Others take up to two reads each, and none after the first that is missing.
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
            var reference = references[i];
            var candidates = Candidates(reference);
            if (!sparse && reference.Kind is ReferenceKind.Manifest or ReferenceKind.Blob) resolved[i] = candidates;
            else if (Volatile.Read(ref missing) is not null) resolved[i] = [];
            else if (await FindAsync(repository, candidates, cancel) is { } found) resolved[i] = [found];
            else if (sparse || reference.Kind == ReferenceKind.Optional) resolved[i] = AsOptional(candidates);
            else Volatile.Write(ref missing, reference.Digest);
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
            if (pinned[i].IsOptional && await FindAsync(repository, [pinned[i]], cancel) is not null)
                pinned[i] = pinned[i] with { IsOptional = false };
        });
        return [.. pinned];
    }

    /// <summary>References to content that is missing: where its kind is unknown, as a manifest and as a blob.</summary>
    public static PinnedReference[] AsOptional(ManifestReference reference) => AsOptional(Candidates(reference));

    static PinnedReference[] AsOptional(PinnedReference[] candidates) => [.. candidates.Select(each => each with { IsOptional = true })];

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

    static async Task<PinnedReference?> FindAsync(
        Partition repository, PinnedReference[] candidates, CancellationToken cancellationToken)
    {
        foreach (var candidate in candidates)
            if (await repository.ReadAsync(candidate.Key, ["RowKey"], cancellationToken) is not null) return candidate;
        return null;
    }

    static ParallelOptions InParallel(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
}
