using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Looks at tags, and at the lists of manifests' tags: a <c>t:</c> and its <c>d:</c> change together or not at all.</summary>
sealed class TagExaminer(CheckContext context, RepositoryName name, ManifestExaminer manifests)
{
    static readonly string[] s_manifestColumns = [Columns.MediaType, Columns.Size, Columns.Pushed];

    readonly Partition _repository = context.Account.Repository(name);
    readonly ManifestRebuild _rebuild = new(context, name);

    public async Task<IReadOnlyList<Problem>> ExamineTagAsync(string tag, CancellationToken cancellationToken)
    {
        var key = Layout.TagPrefix + tag;
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } row) return [];
        if (!row.TryGetDigest(Columns.Digest, out var digest) || !Tag.TryParse(tag, out var parsed))
            return [new(Finding(FindingKind.RowUnreadable, key, "it names no manifest", null, "push the tag again"))];
        var (manifest, judgement) = await manifests.ReadAsync(digest, cancellationToken);
        var listed = await _repository.ReadAsync(Layout.TagOf(digest, parsed), ["RowKey"], cancellationToken) is not null;

        List<Problem> problems = [];
        if (manifest is null)
        {
            problems.Add(await DescribeLostAsync(
                FindingKind.TagDangling,
                row,
                digest,
                row,
                $"it points to {digest}, which is not there",
                [_repository.Unchanged(row)],
                cancellationToken));
        }
        if (!listed)
        {
            problems.Add(new(
                Finding(FindingKind.TagIndexMissing, key, $"it is not listed among the tags of {digest}", "add it to the list"),
                cancel => _repository.SubmitAsync(
                    [_repository.Unchanged(row), Partition.Put(_repository.Row(Layout.TagOf(digest, parsed)))], cancel)));
        }
        // The bytes know it best: the manifest's row may be wrong itself.
        if (judgement?.Manifest is { } read
            && (row.GetText(Columns.MediaType) != read.MediaType || row.GetLong(Columns.Size) != read.Content.Length))
        {
            var written = row.CopyTo(_repository.Row(row.RowKey));
            (written[Columns.MediaType], written[Columns.Size]) = (read.MediaType, (long)read.Content.Length);
            problems.Add(new(
                Finding(FindingKind.TagColumns, key, "it says another type or size than its manifest", "write them from the manifest"),
                cancel => _repository.SubmitAsync([Partition.Replace(written, row.ETag)], cancel)));
        }
        return await RowFingerprint.IsStillAsync(_repository, row, cancellationToken) ? problems : [];
    }

    /// <summary>Looks at one of the rows that list a manifest's tags.</summary>
    public async Task<IReadOnlyList<Problem>> ExamineListedAsync(Digest digest, string tag, CancellationToken cancellationToken)
    {
        if (!Tag.TryParse(tag, out var parsed)) return [];
        var key = Layout.TagOf(digest, parsed);
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } listed) return [];
        var row = await _repository.ReadAsync(Layout.Tag(parsed), columns: null, cancellationToken);
        var actual = row?.GetText(Columns.Digest);
        // A tag that cannot be read is a problem of its own.
        if (row is not null && (!Digest.TryParse(actual, out _) || actual == digest.ToString())) return [];

        Problem problem;
        if (row is not null)
        {
            problem = new(
                Finding(FindingKind.TagIndexStale, key, $"the tag points to {actual}", "take it from the list"),
                cancel => _repository.SubmitAsync(
                    [_repository.Unchanged(row), _repository.Delete(key, listed.ETag)], cancel));
        }
        else if (await _repository.ReadAsync(Layout.Manifest(digest), s_manifestColumns, cancellationToken) is { } manifest)
        {
            var written = TagRow(
                parsed,
                digest,
                manifest.GetText(Columns.MediaType),
                manifest.GetLong(Columns.Size),
                manifest.TryGetValue(Columns.Pushed, out var pushed) ? pushed as DateTimeOffset? : null);
            problem = new(
                Finding(FindingKind.TagMissing, key, $"the manifest is said to have tag {tag}, which is not there", "write the tag anew"),
                cancel => _repository.SubmitAsync(
                    [
                        Partition.Insert(written),
                        _repository.Unchanged(listed),
                        Partition.Touch(_repository.Row(Layout.Manifest(digest))),
                    ],
                    cancel));
        }
        else
        {
            var lost = await _rebuild.FindAsync(digest, mediaType: null, cancellationToken);
            var written = TagRow(parsed, digest, lost?.MediaType, lost?.Content.Length, pushed: null);
            problem = await DescribeLostAsync(
                FindingKind.TagMissing,
                listed,
                digest,
                tag: null,
                $"tag {tag} is said to point to it, and neither is there",
                [Partition.Insert(written), _repository.Unchanged(listed)],
                cancellationToken);
        }
        return await RowFingerprint.IsStillAsync(_repository, listed, cancellationToken) ? [problem] : [];
    }

    /// <summary>A manifest that is named and is not there: perhaps its bytes are.</summary>
    async Task<Problem> DescribeLostAsync(
        FindingKind kind,
        TableEntity where,
        Digest digest,
        TableEntity? tag,
        string message,
        IReadOnlyList<TableTransactionAction> with,
        CancellationToken cancellationToken)
    {
        var type = tag?.GetText(Columns.MediaType);
        var pushed = tag?.TryGetValue(Columns.Pushed, out var value) == true ? value as DateTimeOffset? : null;
        return await _rebuild.FindAsync(digest, type, cancellationToken) is null
            ? new(Finding(kind, where.RowKey, message, null, $"push {digest} again, or the tag with another manifest"))
            : new(
                Finding(
                    kind,
                    where.RowKey,
                    message,
                    "write the manifest anew from an object that has its bytes, if all that it needs is there"),
                cancel => _rebuild.RunAsync(digest, type, pushed, with, cancel));
    }

    TableEntity TagRow(Tag tag, Digest digest, string? type, long? size, DateTimeOffset? pushed) =>
        TagRows.Tag(_repository, tag, digest, type, size, pushed ?? context.Time.GetUtcNow(), Layout.NewId());

    Finding Finding(FindingKind kind, string key, string message, string? repair, string? advice = null) =>
        new(kind, name.Value, key, message, repair, advice);
}
