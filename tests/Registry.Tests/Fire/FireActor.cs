namespace Registry.Tests.Fire;

/// <summary>
/// One client: pushes and deletes as real clients do, sequentially, and records what was acknowledged. Its manifests and most
/// of its tags are its own, so that their state is known; blobs are shared by all.
/// </summary>
sealed partial class FireActor
{
    const int Attempts = 4;
    const int Tags = 4;

    readonly FireContext _fire;
    readonly Random _random;
    readonly string _name;
    readonly BlobPusher _blobs;
    readonly IReadOnlyList<CargoManifest> _own;
    readonly IReadOnlyList<CargoManifest> _common;
    readonly string[] _repositories;
    readonly (int Weight, Func<CancellationToken, Task> Do)[] _doings;

    public FireActor(int number, FireContext fire)
    {
        _fire = fire;
        _name = $"actor{number}";
        _random = fire.Options.RandomFor(_name);
        _own = fire.Cargo.For(_name);
        _common = fire.Cargo.For("all");
        Private = $"fire/private/{_name}";
        _repositories = [Private, .. FireContext.Shared];
        _blobs = new(_name, fire, _random, [Private, .. FireContext.Shared, "fire/private/actor0", "fire/private/actor1"]);
        Ledger = new(fire.Options.LateWindow);
        _doings =
        [
            (30, PushTaggedAsync), (8, PushByDigestAsync), (8, PushCommonAsync), (6, DeleteCommonAsync), (8, DeleteTagAsync), (44, DeleteManifestAsync),
            (8, DeleteBlobAsync), (5, AbandonUploadAsync), (2, PushWrongDigestAsync), (5, PushOneTagTwiceAsync), (5, MoveTagWhileItsManifestIsDeletedAsync), (6, PushWhileItIsDeletedAsync), (8, RestoreAsync), (1, PurgeAsync),
            (4, PushLockedTagAsync), (1, DeleteLockedTagAsync), (4, PushRetainedTagAsync),
        ];
    }

    /// <summary>The repository that no other client changes.</summary>
    public string Private { get; }

    public Ledger Ledger { get; }

    /// <summary>Its own manifests, by digest.</summary>
    public IReadOnlyList<CargoManifest> Manifests => _own;

    /// <summary>Runs random operations until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var draw = _random.Next(_doings.Sum(doing => doing.Weight));
            var i = 0;
            while (draw >= _doings[i].Weight) draw -= _doings[i++].Weight;
            await _doings[i].Do(cancellationToken);
        }
    }

    static void End(Ledger.Change change, Answer answer)
    {
        if (answer.Outcome == Outcome.Done) change.Done();
        else change.NotDone();
    }

    Task<Answer> PutAsync(string repository, CargoManifest manifest, string reference, Random? random = null) =>
        SendAsync(HttpMethod.Put, FireContext.ManifestPath(repository, reference), manifest.Bytes, manifest.MediaType, random: random);

    Task<Answer> SendAsync(HttpMethod method, string path, byte[]? body = null, string? contentType = null, int? cutAfter = null, Random? random = null) =>
        _fire.Client.SendAsync(random ?? _random, method, path, body is null ? null : (ReadOnlyMemory<byte>?)body, contentType, null, cutAfter);

    Answer Note(string operation, string repository, Answer answer, params IEnumerable<string?> about)
    {
        _fire.Report.Count(operation, answer.Outcome switch { Outcome.Done => "done", Outcome.Refused => "refused", _ => "unknown" });
        var references = about.OfType<string>().Distinct().ToList();
        // Tags are keyed by repository, digests are not.
        _fire.History.Add(
            $"{_name} {operation} {repository} {string.Join(' ', references)} -> {answer.Explain()} ({answer.Server})",
            references.Select(reference => reference.Contains(':', StringComparison.Ordinal) ? reference : $"{repository} {reference}"));
        return answer;
    }

    string Tag() => $"{_name}-{_random.Next(Tags)}";

    T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    CargoManifest PickImage() => _own[_random.Next(9)];

    /// <summary>Usually an ordinary image; large ones are rare.</summary>
    CargoManifest PickManifest()
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
