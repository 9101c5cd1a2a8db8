namespace Registry.Tests.Model;

/// <summary>The periods of the protocol in ticks.</summary>
/// <param name="Grace">G: content of this age may be collected.</param>
/// <param name="Deadline">A request lasts this long after it began to commit or to link: at least G/8.</param>
/// <param name="Session">A session lives this long without a request: at least G/2.</param>
/// <param name="Keep">How long a deleted manifest can be restored; 0 for never.</param>
sealed record Clock(int Grace = 2, int Deadline = 1, int Session = 1, int Keep = 1);

/// <summary>
/// A manifest: the blobs that it references, and its child if it is an index. A large one has more references than fit into one
/// transaction.
/// </summary>
sealed record Image(string Name, int[] Blobs, int? Child = null);

/// <summary>The rows of a scenario, their order in the state, and the mutation.</summary>
/// <param name="Clock">The periods.</param>
/// <param name="Repositories">Number of repositories.</param>
/// <param name="Blobs">Number of digests of blobs.</param>
/// <param name="Images">The manifests.</param>
/// <param name="Objects">The blob of each object, whose name is its index.</param>
/// <param name="Pending">The <c>p:</c> rows, each with its repository and manifest.</param>
/// <param name="Sessions">The repository of each upload session.</param>
/// <param name="Actors">The actors.</param>
/// <param name="Broken">The mutation; null for none.</param>
sealed record Scope(
    Clock Clock, int Repositories, int Blobs, Image[] Images,
        int[] Objects, (int Repository, int Image)[] Pending, int[] Sessions, Actor[] Actors, Mutation? Broken)
{
    readonly int[] _ends = Ends(
        Repositories * Blobs, Repositories * Images.Length, Repositories * Images.Length, Repositories, Repositories * Images.Length,
        Pending.Length, Sessions.Length, Sessions.Length, Blobs, Blobs * Repositories, Objects.Length,
        Sessions.Length);

    List<(Kind Kind, int Image, bool Last)>? _scans;

    public int Rows => _ends[^1];

    /// <summary>
    /// The order in which a collector reads rows that reference a blob: a manifest moves from p: to m: to x:.
    /// </summary>
    public List<(Kind Kind, int Image, bool Last)> Scans => _scans ??= FindScans();

    public bool Has(Mutation mutation) => Broken == mutation;

    public int First(Kind kind) => kind == 0 ? 0 : _ends[(int)kind - 1];

    public int End(Kind kind) => _ends[(int)kind];

    public int Link(int repository, int blob) => repository * Blobs + blob;

    public int Manifest(int repository, int image) => First(Kind.Manifest) + repository * Images.Length + image;

    public int Deleted(int repository, int image) => First(Kind.Deleted) + repository * Images.Length + image;

    public int Tag(int repository) => First(Kind.Tag) + repository;

    public int TagOf(int repository, int image) => First(Kind.TagOf) + repository * Images.Length + image;

    public int PendingRow(int pending) => First(Kind.Pending) + pending;

    public int Session(int session) => First(Kind.Session) + session;

    public int Staged(int session) => First(Kind.Staged) + session;

    public int Content(int blob) => First(Kind.Content) + blob;

    public int Owner(int blob, int repository) => First(Kind.Owner) + blob * Repositories + repository;

    public int Object(int id) => First(Kind.Object) + id;

    public int Location(int session) => First(Kind.Location) + session;

    public Kind KindOf(int row) => (Kind)Array.FindIndex(_ends, end => row < end);

    /// <summary>The age from which a row may be collected.</summary>
    public int Limit(int row) => row >= First(Kind.Deleted) && row < End(Kind.Deleted) ? Clock.Keep : Clock.Grace;

    /// <summary>Whether any actor reads its age.</summary>
    public bool HasAge(int index, in Row row) =>
        index < End(Kind.Link) ? row.MarkedForDeletion
        : index < First(Kind.Deleted) ? false
        : index < End(Kind.Deleted) || (index >= First(Kind.Pending) && index < End(Kind.Staged)) || index >= First(Kind.Owner);

    public bool HasNoGrace(Kind kind) => Broken is not null && kind switch
    {
        Kind.Link => Has(Mutation.NoGraceForLinks),
        Kind.Owner => Has(Mutation.NoGraceForOwners),
        Kind.Object => Has(Mutation.NoGraceForObjects),
        Kind.Session => Has(Mutation.NoGraceForSessions),
        Kind.Pending => Has(Mutation.NoGraceForPending),
        Kind.Staged => Has(Mutation.NoGraceForStaged),
        _ => false,
    };

    public string NameOf(int row)
    {
        var kind = KindOf(row);
        var i = row - First(kind);
        return kind switch
        {
            Kind.Link => $"b:{"DE"[i % Blobs]} in {"AB"[i / Blobs]}",
            Kind.Manifest => $"m:{Images[i % Images.Length].Name} in {"AB"[i / Images.Length]}",
            Kind.Deleted => $"x:{Images[i % Images.Length].Name} in {"AB"[i / Images.Length]}",
            Kind.Tag => $"t:T in {"AB"[i]}",
            Kind.TagOf => $"d:{Images[i % Images.Length].Name}:T in {"AB"[i / Images.Length]}",
            Kind.Pending => $"p:{Images[Pending[i].Image].Name}:{i} in {"AB"[Pending[i].Repository]}",
            Kind.Session => $"u:{i}",
            Kind.Staged => $"uploads/{i}",
            Kind.Content => $"content of {"DE"[i]}",
            Kind.Owner => $"owner {"AB"[i % Repositories]} of {"DE"[i / Repositories]}",
            Kind.Location => $"location of u:{i}",
            _ => $"blobs/{"DE"[Objects[i]]}/{i}",
        };
    }

    List<(Kind Kind, int Image, bool Last)> FindScans()
    {
        Kind[] order = Has(Mutation.DeletedBeforeManifests) ? [Kind.Pending, Kind.Deleted, Kind.Manifest]
            : Has(Mutation.ManifestsBeforePending) ? [Kind.Manifest, Kind.Pending, Kind.Deleted]
                : [Kind.Pending, Kind.Manifest, Kind.Deleted];
        var scans = new List<(Kind, int, bool)>();
        foreach (var kind in order)
        {
            if (kind == Kind.Pending && Pending.Length > 0) scans.Add((kind, 0, false));
            if (kind == Kind.Manifest
                || (kind == Kind.Deleted && Clock.Keep > 0 && Actors.Any(actor => actor is ManifestDeleter or Retention)))
            {
                scans.AddRange(Enumerable.Range(0, Images.Length)
                    .Where(image => Images[image].Blobs.Length > 0).Select(image => (kind, image, false)));
            }
        }
        scans[^1] = scans[^1] with { Item3 = true };
        return scans;
    }

    static int[] Ends(params int[] counts)
    {
        for (var i = 1; i < counts.Length; i++) counts[i] += counts[i - 1];
        return counts;
    }
}
