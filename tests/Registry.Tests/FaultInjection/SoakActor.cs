namespace Registry.Tests.FaultInjection;

/// <summary>
/// One client: pushes and deletes as real clients do, sequentially, and records what was acknowledged. Its manifests and most
/// of its tags are its own, so that their state is known; blobs are shared by all.
/// </summary>
sealed partial class SoakActor
{
    const int Attempts = 4;
    const int Tags = 4;

    readonly SoakContext _context;
    readonly Random _random;
    readonly string _name;
    readonly BlobPusher _blobs;
    readonly IReadOnlyList<PoolManifest> _own;
    readonly IReadOnlyList<PoolManifest> _common;
    readonly string[] _repositories;
    readonly (int Weight, Func<CancellationToken, Task> Do)[] _operations;

    public SoakActor(int number, SoakContext context)
    {
        _context = context;
        _name = $"actor{number}";
        _random = context.Options.RandomFor(_name);
        _own = context.ContentPool.For(_name);
        _common = context.ContentPool.For("all");
        Private = $"soak/private/{_name}";
        _repositories = [Private, .. SoakContext.Shared];
        _blobs = new(_name, context, _random, [Private, .. SoakContext.Shared, "soak/private/actor0", "soak/private/actor1"]);
        Ledger = new(context.Options.LateWindow);
        _operations =
        [
            (30, PushTaggedAsync), (8, PushByDigestAsync), (8, PushCommonAsync),
                (6, DeleteCommonAsync), (8, DeleteTagAsync), (44, DeleteManifestAsync),
            (8, DeleteBlobAsync), (5, AbandonUploadAsync), (2, PushWrongDigestAsync), (5, PushOneTagTwiceAsync),
                (5, MoveTagWhileItsManifestIsDeletedAsync), (6, PushWhileItIsDeletedAsync), (8, RestoreAsync), (1, PurgeAsync),
            (4, PushLockedTagAsync), (1, DeleteLockedTagAsync), (4, PushRetainedTagAsync),
        ];
    }

    /// <summary>The repository that no other client changes.</summary>
    public string Private { get; }

    public Ledger Ledger { get; }

    /// <summary>Its own manifests, by digest.</summary>
    public IReadOnlyList<PoolManifest> Manifests => _own;

    /// <summary>Runs random operations until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var draw = _random.Next(_operations.Sum(operation => operation.Weight));
            var i = 0;
            while (draw >= _operations[i].Weight) draw -= _operations[i++].Weight;
            await _operations[i].Do(cancellationToken);
        }
    }

    static void End(Ledger.Change change, Answer answer)
    {
        if (answer.Outcome == Outcome.Done) change.Done();
        else change.NotDone();
    }

    Task<Answer> PutAsync(string repository, PoolManifest manifest, string reference, Random? random = null) =>
        SendAsync(HttpMethod.Put, SoakContext.ManifestPath(repository, reference), manifest.Bytes, manifest.MediaType, random: random);

    Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body = null,
        string? contentType = null, int? cutAfter = null, Random? random = null) =>
        _context.Client.SendAsync(random ?? _random, method,
            path, body is null ? null : (ReadOnlyMemory<byte>?)body, contentType, null, cutAfter);

    Answer Note(string operation, string repository, Answer answer, params IEnumerable<string?> about)
    {
        _context.Report.Count(operation, answer.Outcome switch { Outcome.Done => "done", Outcome.Refused => "refused", _ => "unknown" });
        var references = about.OfType<string>().Distinct().ToList();
        // Tags are keyed by repository, digests are not.
        _context.History.Add(
            $"{_name} {operation} {repository} {string.Join(' ', references)} -> {answer.Explain()} ({answer.Server})",
            references.Select(reference => reference.Contains(':', StringComparison.Ordinal) ? reference : $"{repository} {reference}"));
        return answer;
    }

    string Tag() => $"{_name}-{_random.Next(Tags)}";

    T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    PoolManifest PickImage() => _own[_random.Next(9)];

    /// <summary>Usually an ordinary image; large ones are rare.</summary>
    PoolManifest PickManifest()
    {
        var manifest = Pick(_own);
        var takesLong = manifest.Blobs.Count > 50 || manifest.Blobs.Any(blob => blob.Bytes.Length > 1_000_000);
        return takesLong && _random.Next(5) > 0 ? PickImage() : manifest;
    }

    /// <summary>An existing manifest, if there is one.</summary>
    LedgerKey PickPresent()
    {
        var all = Ledger.Keys.Where(key => !key.IsTag).ToList();
        var present = all.Where(key => Ledger.Find(key).Certain is not null).ToList();
        return present.Count > 0 && _random.Next(10) > 0 ? Pick(present) : new(Pick(_repositories), Pick(_own).Digest);
    }
}
