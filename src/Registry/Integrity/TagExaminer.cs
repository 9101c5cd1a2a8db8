using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines tags and the lists of manifests' tags: a <c>t:</c> row and its <c>d:</c> row change in one transaction.</summary>
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
            return [new(Finding(FindingKind.RowUnreadable, key, "it does not name a manifest", null, "push the tag again"))];
        var (manifest, assessment) = await manifests.ReadAsync(digest, cancellationToken);
        var listed = await _repository.ReadAsync(Layout.TagOf(digest, parsed), ["RowKey"], cancellationToken) is not null;

        List<Problem> problems = [];
        if (manifest is null)
        {
            problems.Add(await DescribeLostAsync(
                FindingKind.TagDangling,
                row,
                digest,
                row,
                $"it points to {digest}, which does not exist",
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
        // The bytes are authoritative: the manifest's row may be wrong itself.
        if (assessment?.Manifest is { } read
            && (row.GetText(Columns.MediaType) != read.MediaType || row.GetLong(Columns.Size) != read.Content.Length))
        {
            var written = row.CopyTo(_repository.Row(row.RowKey));
            (written[Columns.MediaType], written[Columns.Size]) = (read.MediaType, (long)read.Content.Length);
            problems.Add(new(
                Finding(FindingKind.TagColumns, key, "its type or size is not that of its manifest", "copy them from the manifest"),
                cancel => _repository.SubmitAsync([Partition.Replace(written, row.ETag)], cancel)));
        }
        return await RowFingerprint.IsStillAsync(_repository, row, cancellationToken) ? problems : [];
    }

    /// <summary>Examines a row that lists a tag of a manifest.</summary>
    public async Task<IReadOnlyList<Problem>> ExamineListedAsync(Digest digest, string tag, CancellationToken cancellationToken)
    {
        if (!Tag.TryParse(tag, out var parsed)) return [];
        var key = Layout.TagOf(digest, parsed);
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } listed) return [];
        var row = await _repository.ReadAsync(Layout.Tag(parsed), columns: null, cancellationToken);
        var actual = row?.GetText(Columns.Digest);
        // A tag without a valid digest is a problem of its own.
        if (row is not null && (!Digest.TryParse(actual, out _) || actual == digest.ToString())) return [];

        Problem problem;
        if (row is not null)
        {
            problem = new(
                Finding(FindingKind.TagIndexStale, key, $"the tag points to {actual}", "remove it from the list"),
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
                Finding(FindingKind.TagMissing, key, $"the manifest lists tag {tag}, which does not exist", "write the tag again"),
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
                $"tag {tag} is listed for this manifest, and neither exists",
                [Partition.Insert(written), _repository.Unchanged(listed)],
                cancellationToken);
        }
        return await RowFingerprint.IsStillAsync(_repository, listed, cancellationToken) ? [problem] : [];
    }

    /// <summary>The problem of a missing manifest, with a repair if its bytes are stored.</summary>
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
            ? new(Finding(kind, where.RowKey, message, null, $"push {digest} again, or push the tag with another manifest"))
            : new(
                Finding(
                    kind,
                    where.RowKey,
                    message,
                    "write the manifest again from an object that has its bytes, if everything that it references exists"),
                cancel => _rebuild.RunAsync(digest, type, pushed, with, cancel));
    }

    TableEntity TagRow(Tag tag, Digest digest, string? type, long? size, DateTimeOffset? pushed) =>
        TagRows.Tag(_repository, tag, digest, type, size, pushed ?? context.Time.GetUtcNow(), Layout.NewId());

    Finding Finding(FindingKind kind, string key, string message, string? repair, string? advice = null) =>
        new(kind, name.Value, key, message, repair, advice);
}
