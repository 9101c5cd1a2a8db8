using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Checks one repository. It reads the partition once to collect keys, and once more to look up the keys that each row requires.
/// A row with a missing key becomes a suspect.
/// </summary>
/// <remarks>
/// A property of a row that others require is a key of its own, such as <c>t:v1 points to sha256:…</c>, so that each requirement is
/// the lookup of a key.
/// </remarks>
sealed class RepositoryCheck
{
    /// <summary>Rows of a page: a manifest's row may have 1 MiB.</summary>
    const int ManifestPage = 100;

    readonly CheckContext _context;
    readonly RepositoryName _name;
    readonly Partition _repository;
    readonly KeySet _keys;
    readonly InspectionQueue _suspects;
    readonly LinkExaminer _links;
    readonly ManifestExaminer _manifests;
    readonly TagExaminer _tags;
    readonly ReferrerExaminer _referrers;
    readonly UndoExaminer _undo;
    readonly ContentExaminer? _contents;
    bool _firstSlice;
    bool _hasManifests;

    /// <param name="context">Shared state of the check.</param>
    /// <param name="name">Name of the repository.</param>
    /// <param name="withContents">Whether to check the objects of linked content, because no check of all digests does.</param>
    /// <param name="capacity">Capacity of the set of keys.</param>
    public RepositoryCheck(CheckContext context, RepositoryName name, bool withContents, int capacity = KeySet.DefaultCapacity)
    {
        (_context, _name, _repository) = (context, name, context.Account.Repository(name));
        (_keys, _suspects) = (new KeySet(capacity), new InspectionQueue(context));
        _links = new LinkExaminer(context, name, _keys);
        _manifests = new ManifestExaminer(context, name);
        _tags = new TagExaminer(context, name, _manifests);
        _referrers = new ReferrerExaminer(context, name, _manifests);
        _undo = new UndoExaminer(context, name);
        _contents = withContents ? new ContentExaminer(context) : null;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var slice = 0; slice < _keys.Slices; slice++)
        {
            _firstSlice = slice == 0;
            _keys.Begin(slice);
            await foreach (var row in ReadKeysAsync(cancellationToken)) AddKeys(row);
            _keys.Seal();

            // The order of repairs: content before the links to it, links before the manifests that reference them, manifests
            // before their tags.
            if (_firstSlice && _contents is not null)
                await EachAsync(Layout.LinkPrefix, ["RowKey"], Partition.MaxPage, CheckContentAsync, cancellationToken);
            if (_firstSlice)
            {
                await EachAsync(
                    Layout.LinkPrefix, ["RowKey", Columns.Object, Columns.Size], Partition.MaxPage, CheckLinkAsync, cancellationToken);
            }
            await EachAsync(Layout.ManifestPrefix, null, ManifestPage, CheckManifestAsync, cancellationToken);
            await EachAsync("d:", ["RowKey"], Partition.MaxPage, CheckListed, cancellationToken);
            await EachAsync("r:", ["RowKey"], Partition.MaxPage, CheckReferrer, cancellationToken);
            await EachAsync(
                Layout.TagPrefix,
                [Columns.Digest, Columns.MediaType, Columns.Size, "RowKey"],
                Partition.MaxPage,
                CheckTag,
                cancellationToken);
            await EachAsync(Layout.DeletedPrefix, null, ManifestPage, CheckDeleted, cancellationToken);
        }
        if (_hasManifests) _suspects.Add(ExamineCatalogAsync);
        await _suspects.FlushAsync(cancellationToken);
    }

    /// <summary>Reads every row with the columns that its keys need. The bytes of manifests are read later, once.</summary>
    async IAsyncEnumerable<TableEntity> ReadKeysAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (prefix, columns) in new (string, string[]?)[]
        {
            (Layout.LinkPrefix, ["RowKey", Columns.Size]),
            ("d:", ["RowKey"]),
            (Layout.ManifestPrefix, ["RowKey", Columns.MediaType, Columns.Size, Columns.Subject]),
            ("r:", null),
            (Layout.TagPrefix, ["RowKey", Columns.Digest]),
        })
        {
            await foreach (var row in ScanAsync(prefix, columns, Partition.MaxPage, cancellationToken)) yield return row;
        }
    }

    void AddKeys(TableEntity row)
    {
        switch (row.RowKey[0])
        {
            case 'm':
                _keys.Add(row.RowKey);
                _keys.Add(Sized(row.RowKey, row.GetLong(Columns.Size)));
                _keys.Add(Described(row.RowKey, row.GetText(Columns.MediaType), row.GetLong(Columns.Size)));
                if (row.GetText(Columns.Subject) is { } subject) _keys.Add(Referring(row.RowKey, subject));
                break;
            case 'b':
                _keys.Add(row.RowKey);
                _keys.Add(Sized(row.RowKey, row.GetLong(Columns.Size)));
                break;
            case 'r':
                _keys.Add(RowFingerprint.Of(row));
                break;
            case 't':
                _keys.Add(Pointing(row.RowKey, row.GetText(Columns.Digest)));
                break;
            default:
                _keys.Add(row.RowKey);
                break;
        }
    }

    static string Described(string manifestKey, string? type, long? size) => $"{manifestKey} is {type} {size}";

    static string Sized(string key, long? size) => $"{key} has {size}";

    static string Referring(string manifestKey, string subject) => $"{manifestKey} refers to {subject}";

    static string Pointing(string tagKey, string? digest) => $"{tagKey} points to {digest}";

    /// <summary>Checks the object of a link, in a check of single repositories.</summary>
    async Task CheckContentAsync(TableEntity row, CancellationToken cancellationToken)
    {
        if (!TolerantEntity.TryParseKey(row.RowKey, Layout.LinkPrefix, out var digest)) return;
        if (await _contents!.ExamineAsync(digest, _context.Options.Digests, cancellationToken) is { Count: > 0 })
            _suspects.Add(cancel => _contents.ExamineAsync(digest, _context.Options.Digests, cancel));
    }

    async Task CheckLinkAsync(TableEntity row, CancellationToken cancellationToken)
    {
        _context.Report.Count(report => report.AddLink());
        if (!TolerantEntity.TryParseKey(row.RowKey, Layout.LinkPrefix, out var digest))
        {
            AddUnreadable(row);
            return;
        }
        // The rows that a link requires are in other partitions.
        if (!await _links.AgreesAsync(digest, row, cancellationToken)) _suspects.Add(cancel => _links.ExamineAsync(digest, cancel));
    }

    async Task CheckManifestAsync(TableEntity row, CancellationToken cancellationToken)
    {
        _hasManifests = true;
        if (_firstSlice) _context.Report.Count(report => report.AddManifest());
        if (!TolerantEntity.TryParseKey(row.RowKey, Layout.ManifestPrefix, out var digest))
        {
            AddUnreadable(row);
            return;
        }
        var body = await _manifests.ReadBodyAsync(digest, row, cancellationToken);
        var assessment = ManifestAssessment.Of(digest, row, body);
        var isSuspect = assessment is not { BodyFault: null, ColumnsFault: null, Unreadable: null, Unpinned.Count: 0 }
            || LacksReference(assessment)
            || (assessment.Manifest is { } manifest
                && ManifestRows.Referrer(_repository, manifest) is { } referrer
                && _keys.Lacks(RowFingerprint.Of(referrer)));
        if (isSuspect) _suspects.Add(cancel => _manifests.ExamineAsync(digest, cancel));
    }

    bool LacksReference(ManifestAssessment assessment)
    {
        var sizes = (assessment.Manifest?.References ?? []).ToDictionary(reference => reference.Digest, reference => reference.Size);
        return assessment.Pinned.Any(pinned => _keys.Lacks(pinned.Key)
            ? pinned is not { IsOptional: true, IsManifest: true }
            : (sizes.GetValueOrDefault(pinned.Digest) is { } size && _keys.Lacks(Sized(pinned.Key, size))));
    }

    Task CheckListed(TableEntity row, CancellationToken cancellationToken)
    {
        if (!TolerantEntity.TryParsePair(row.RowKey, "d:", out var digest, out var tag)) AddUnreadable(row);
        else if (_keys.Lacks(Pointing(Layout.TagPrefix + tag, digest.ToString())))
            _suspects.Add(cancel => _tags.ExamineListedAsync(digest, tag, cancel));
        return Task.CompletedTask;
    }

    Task CheckReferrer(TableEntity row, CancellationToken cancellationToken)
    {
        if (_firstSlice) _context.Report.Count(report => report.AddReferrer());
        if (!TolerantEntity.TryParsePair(row.RowKey, "r:", out var subject, out var rest) || !Digest.TryParse(rest, out var digest))
            AddUnreadable(row);
        else if (_keys.Lacks(Referring(Layout.Manifest(digest), subject.ToString())))
            _suspects.Add(cancel => _referrers.ExamineAsync(subject, digest, cancel));
        return Task.CompletedTask;
    }

    Task CheckTag(TableEntity row, CancellationToken cancellationToken)
    {
        _hasManifests = true;
        if (_firstSlice) _context.Report.Count(report => report.AddTag());
        var tag = row.RowKey[Layout.TagPrefix.Length..];
        if (!row.TryGetDigest(Columns.Digest, out var digest)
            || _keys.Lacks(Described(Layout.Manifest(digest), row.GetText(Columns.MediaType), row.GetLong(Columns.Size)))
            || _keys.Lacks($"{Layout.TagsOfPrefix(digest)}{tag}"))
        {
            _suspects.Add(cancel => _tags.ExamineTagAsync(tag, cancel));
        }
        return Task.CompletedTask;
    }

    Task CheckDeleted(TableEntity row, CancellationToken cancellationToken)
    {
        if (row.GetPinned() is not { } pinned) AddUnreadable(row);
        else if (pinned.Any(reference => reference is { IsManifest: false, IsOptional: false } && _keys.Lacks(reference.Key)))
            _suspects.Add(cancel => _undo.ExamineAsync(row.RowKey, cancel));
        return Task.CompletedTask;
    }

    async Task<IReadOnlyList<Problem>> ExamineCatalogAsync(CancellationToken cancellationToken)
    {
        var catalog = _context.Account.Catalog;
        var key = Layout.Key(_name);
        if (await catalog.ReadAsync(key, ["RowKey"], cancellationToken) is not null) return [];
        var finding = new Finding(
            FindingKind.CatalogMissing, _name.Value, key, "the repository has manifests, but is missing from the catalog", "add it");
        return [new(finding, cancel => catalog.Table.UpsertEntityAsync(catalog.Row(key), TableUpdateMode.Merge, cancel))];
    }

    void AddUnreadable(TableEntity row) => _context.AddFinding(new Finding(
        FindingKind.RowUnreadable,
        _name.Value,
        row.RowKey,
        "the registry did not write this row",
        Repair: null,
        "find out what wrote it, and delete it",
        State: _context.Options.Repair ? FindingState.Left : FindingState.Found));

    async Task EachAsync(
        string prefix, string[]? columns, int page, Func<TableEntity, CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        await foreach (var rows in PagesAsync(prefix, columns, page, cancellationToken))
        {
            await Parallel.ForEachAsync(rows, CheckContext.InParallel(cancellationToken), async (row, cancel) => await check(row, cancel));
            await _suspects.FlushIfFullAsync(cancellationToken);
        }
        if (_context.Options.Repair) await _suspects.FlushAsync(cancellationToken);
    }

    async IAsyncEnumerable<TableEntity> ScanAsync(
        string prefix, string[]? columns, int page, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var rows in PagesAsync(prefix, columns, page, cancellationToken))
            foreach (var row in rows) yield return row;
    }

    async IAsyncEnumerable<List<TableEntity>> PagesAsync(
        string prefix, string[]? columns, int page, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        for (var more = true; more;)
        {
            (var rows, more) = await _repository.PageAsync(prefix, after, page, columns!, where: null, cancellationToken);
            if (rows.Count > 0) after = rows[^1].RowKey;
            yield return rows;
        }
    }
}
