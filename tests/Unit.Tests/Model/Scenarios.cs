namespace Registry.Tests.Model;

/// <summary>Actors and rows: few enough for exhaustive exploration.</summary>
/// <param name="Name">Name of the scenario.</param>
/// <param name="MinStates">Minimum number of states; fewer mean that the model has shrunk by mistake.</param>
/// <param name="Create">Creates the scope, with its own actors.</param>
/// <param name="Prepare">Writes the initial state.</param>
sealed record Scenario(string Name, int MinStates, Func<Mutation?, Scope> Create, Action<World> Prepare);

/// <summary>All scenarios. Blob D (and E), manifests that reference it, tag T; repositories A and B.</summary>
static class Scenarios
{
    const int A = 0;
    const int B = 1;
    const int D = 0;
    const int E = 1;

    /// <summary>
    /// In the full run: finer ticks, a second collector where there is no session, and repeated requests. Takes minutes, and
    /// some gigabytes.
    /// </summary>
    public static bool IsDeep => FullRun.Enabled;

    static readonly Image s_m = new("M", [D]);
    static readonly Image s_n = new("N", [D]);

    static readonly Job[] s_all = [new(Kind.Link, D, A), new(Kind.Owner, D)];
    static readonly Job[] s_both = [new(Kind.Link, D, A), new(Kind.Link, D, B), new(Kind.Owner, D)];

    static readonly Job[] s_session = [new(Kind.Session, 0), .. s_all];

    /// <summary>A request lives an eighth of the grace period; half of it here, which is worse.</summary>
    static readonly Clock s_clock = IsDeep ? new(Grace: 4, Deadline: 1, Keep: 3) : new(Grace: 2, Deadline: 1, Keep: 1);

    /// <summary>A session lives half of the grace period, and a request an eighth; a quarter here.</summary>
    static readonly Clock s_sessions = IsDeep ? new(Grace: 8, Deadline: 1, Session: 4) : new(Grace: 4, Deadline: 1, Session: 2);

    public static readonly Scenario[] All =
    [
        Of("two pushes of one blob, to two repositories", 40_000, new(s_clock, 2, 1, [s_m], [D, D], [], [], [
            new Pusher("push to A", A, Upload.Post, new Put(0), [0]),
            new Pusher("push to B", B, Upload.Post, new Put(0), [1]),
            .. Collectors(1, s_both)], null)),

        Of("a push that meets what is being collected", 35_000, new(s_clock, 1, 1, [s_m], [D, D, D], [], [], [
            new Pusher("push", A, Upload.Post, new Put(0), IsDeep ? [1, 2] : [1]),
            .. Collectors(2, s_all)], null),
            world => { Garbage(world, A, 0); world.MarkForDeletion(world.Scope.Link(A, D), true); Old(world); }),

        Of("a push that uploads nothing because HEAD found the blob", 30_000, new(s_clock, 1, 1, [s_m], [D, D], [], [], [
            new Pusher("push", A, Upload.Head, new Put(0), [1]),
            .. Collectors(2, s_all)], null),
            world => { Garbage(world, A, 0); Old(world); }),

        Of("a mount of what is being deleted", 20_000, new(s_clock, 2, 1, [s_m], [D, D], [], [], [
            new Pusher("mount in B", B, Upload.Mount, new Put(0), [1]),
            new BlobDeleter("delete in A", A),
            .. Collectors(1, s_both)], null),
            world => { Garbage(world, A, 0); Old(world); }),

        Of("a mount while the blob is collected and pushed again", 15_000, new(s_clock, 2, 1, [s_m], [D, D], [], [], [
            new Pusher("mount in B", B, Upload.MountAnywhere),
            new Pusher("push to A", A, Upload.Post, null, [1]),
            .. Collectors(1, s_both)], null),
            world => { Garbage(world, A, 0); world.MarkForDeletion(world.Scope.Link(A, D), true); Old(world); }),

        Of("a push and a delete of its blob", 10_000, new(s_clock, 1, 1, [s_m], [D, D], [], [], [
            new Pusher("push", A, Upload.Post, new Put(0), [1]),
            new BlobDeleter("delete", A),
            .. Collectors(1, s_all)], null),
            world => { Garbage(world, A, 0); Old(world); }),

        Of("a large push and a delete of its blob", 80_000, new(s_clock, 1, 2, [new Image("L", [D, E])], [D, E], [(A, 0)], [], [
            new Pusher("push", A, Upload.None, new Put(0, Tagged: true, Pending: 0)),
            new BlobDeleter("delete", A),
            .. Collectors(1, new(Kind.Pending, 0), new(Kind.Link, D, A),
                new(Kind.Link, E, A), new(Kind.Owner, D), new(Kind.Owner, E))], null),
            world => { Garbage(world, A, 0); Garbage(world, A, 1, E); Old(world); }),

        Of("pushes that move a tag, and deletes", 20_000, new(s_clock, 1, 1, [s_m, s_n], [D], [], [], [
            new Pusher("push of M", A, Upload.None, new Put(0, Tagged: true)),
            new Pusher("push of N", A, Upload.None, new Put(1, Tagged: true)),
            new ManifestDeleter("delete of M", A, 0, batches: true),
            new TagDeleter("delete of T", A),
            .. Collectors(1, Everything(2))], null),
            world => { Pushed(world, 0); Old(world); }),

        Of("a pull while a tag moves and what it named is deleted", 2_000, new(s_clock, 1, 1, [s_m, s_n], [D], [], [], [
            new Reader("pull", A),
            new Pusher("push of N", A, Upload.None, new Put(1, Tagged: true)),
            new ManifestDeleter("delete of M", A, 0),
            .. Collectors(1, Everything(2))], null),
            world => { Pushed(world, 0); Old(world); }),

        Of("a manifest is deleted, restored and collected", 50_000, new(s_clock, 1, 1, [s_m], [D], [], [], [
            new ManifestDeleter("delete", A, 0),
            new ManifestDeleter("delete again", A, 0),
            new Pusher("restore", A, Upload.None, new Put(0, Restores: true)),
            .. Collectors(2, Everything(1))], null),
            world => { Pushed(world, 0); world.MarkForDeletion(world.Scope.Link(A, D), true); Old(world); }),

        Of("a large manifest is deleted, restored and collected, and its blob deleted",
            10_000, new(s_clock, 1, 1, [s_m], [D], [(A, 0)], [], [
            new ManifestDeleter("delete", A, 0),
            new BlobDeleter("delete of the blob", A),
            new Pusher("restore", A, Upload.None, new Put(0, Pending: 0, Restores: true)),
            .. Collectors(1, [new(Kind.Pending, 0), .. Everything(1)])], null),
            world => { Pushed(world, 0); world.MarkForDeletion(world.Scope.Link(A, D), true); Old(world); }),

        Of("a manifest is deleted without being kept, and pushed again",
            90_000, new(s_clock with { Keep = 0 }, 1, 1, [s_m], [D, D], [], [], [
            new ManifestDeleter("delete", A, 0),
            new Pusher("push", A, Upload.Head, new Put(0, Tagged: true), [1]),
            .. Collectors(2, Everything(1))], null),
            world => { Pushed(world, 0); world.MarkForDeletion(world.Scope.Link(A, D), true); Old(world); }),

        Of("an index and its child", 1_400, new(s_clock, 1, 1, [s_m, new Image("I", [], Child: 0)], [D], [], [], [
            new Pusher("push of the index", A, Upload.None, new Put(1, Tagged: true)),
            new ManifestDeleter("delete of the child", A, 0),
            new Pusher("push of the child", A, Upload.None, new Put(0)),
            .. Collectors(1, Everything(2))], null),
            world => { Pushed(world, 0); Old(world); }),

        Of("retention, while its manifest is tagged and put into an index",
            2_500, new(s_clock, 1, 1, [s_m, new Image("I", [], Child: 0)], [D], [], [], [
            new Pusher("push of the index", A, Upload.None, new Put(1)),
            new Pusher("push of a tag", A, Upload.None, new Put(0, Tagged: true)),
            new TagDeleter("delete of the tag", A),
            new Retention("retention", A, 0),
            .. Collectors(1, Everything(2))], null),
            world => { Garbage(world, A, 0); world.Put(world.Scope.Manifest(A, 0)); Old(world); }),

        Of("an upload in blocks that takes long", 65_000, new(s_clock, 1, 1, [s_m], [D, D], [], [], [
            new Pusher("push", A, Upload.StreamedPost, new Put(0), [0, 1]),
            .. Collectors(2, s_all)], null)),

        Of("an upload in chunks", 10_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("push", A, Upload.Session, new Put(0), [0, 0]),
            new Collector("collector", s_session)], null)),

        Of("a small upload in chunks", 5_000, new(s_sessions, 1, 1, [s_m], [D, D], [], [A], [
            new Pusher("push", A, Upload.SmallSession, new Put(0), [0, 1]),
            new Collector("collector", s_session)], null)),

        Of("a location is used by several requests", 20_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("push", A, Upload.Whole, null, [0]),
            new Patcher("chunk", 0, 2, first: true),
            new Canceller("cancel", 0),
            new Collector("collector", s_session)], null),
            Begun),

        Of("a request with the whole blob comes twice", 20_000, new(s_sessions, 1, 1, [s_m], [D, D], [], [A], [
            new Pusher("push", A, Upload.Whole, new Put(0), [0]),
            new Pusher("the same", A, Upload.Whole, null, [1]),
            new Collector("collector", s_session)], null),
            Begun),

        Of("a session is ended, while its digest is pushed and collected", 150_000, new(s_sessions, 1, 1, [s_m], [D, D], [], [A], [
            new Pusher("end", A, Upload.Close, null, IsDeep ? [0, 0] : [0]),
            new Pusher("push", A, Upload.Post, null, [1]),
            new Collector("collector", s_session)], null),
            Staged),

        Of("a session is ended twice", 120_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("end", A, Upload.Close, null, [0]),
            new Pusher("other end", A, Upload.Close, new Put(0), [0, 0]),
            new Collector("collector", s_session)], null),
            Staged),

        Of("a session is ended while chunks come", 100_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("end", A, Upload.Close, null, [0]),
            new Patcher("chunk", 0, 2),
            new Patcher("empty chunk", 0, 0),
            new Collector("collector", s_session)], null),
            Staged),

        Of("a session is cancelled while it is ended", 12_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("end", A, Upload.Close, new Put(0), [0]),
            new Canceller("cancel", 0),
            new Collector("collector", s_session)], null),
            Staged),

        Of("a session is kept alive after it was ended", 40_000, new(s_sessions, 1, 1, [s_m], [D], [], [A], [
            new Pusher("end", A, Upload.Close, null, [0, 0]),
            new Patcher("empty chunk", 0, 0),
            new Collector("collector", s_session)], null),
            Staged),
    ];

    public static Scenario Find(string name) => All.Single(scenario => scenario.Name == name);

    static Scenario Of(string name, int minStates, Scope scope, Action<World>? prepare = null)
    {
        for (var i = 0; i < scope.Actors.Length; i++) scope.Actors[i].Index = i;
        return new(name, minStates, broken => scope with { Broken = broken }, prepare ?? (_ => { }));
    }

    static Collector[] Collectors(int count, params Job[] jobs) =>
        [.. Enumerable.Range(1, IsDeep ? 2 : count).Select(i => new Collector($"collector {i}", jobs))];

    static Job[] Everything(int images) => [.. Enumerable.Range(0, images).Select(image => new Job(Kind.Deleted, image, A)), .. s_all];

    /// <summary>An unreferenced blob.</summary>
    static void Garbage(World world, int repository, int id, int blob = D)
    {
        var scope = world.Scope;
        world.Put(scope.Object(id), done: true);
        world.Put(scope.Content(blob), id);
        world.Put(scope.Owner(blob, repository));
        world.Put(scope.Link(repository, blob), id);
    }

    /// <summary>A tagged manifest in A.</summary>
    static void Pushed(World world, int image)
    {
        Garbage(world, A, 0);
        world.Put(world.Scope.Manifest(A, image));
        world.Put(world.Scope.Tag(A), image);
        world.Put(world.Scope.TagOf(A, image));
    }

    /// <summary>A session that was just begun: it has no row.</summary>
    static void Begun(World world) => world.Put(world.Scope.Location(0));

    /// <summary>A session with a chunk that was just acknowledged.</summary>
    static void Staged(World world)
    {
        world.Put(world.Scope.Session(0), 1);
        world.Put(world.Scope.Staged(0), 1);
    }

    /// <summary>Everything was written long ago.</summary>
    static void Old(World world) => world.Rest();
}
