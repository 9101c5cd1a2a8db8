namespace Registry.Tests.Model;

/// <summary>What can be left out of the rule of the catalog.</summary>
enum CatalogMutation
{
    SweepWithoutETag,
    SweepReadsTombstonesFirst,
    SweepOfYoungRows,
    CacheWithoutLimit,
    PushWithoutDeadline,
    UndoWithoutETag,
    UndoAfterLostAnswer,
    RestoreDoesNotTouch,
}

/// <summary>A client or the collector: its next step, the ETag that it has read, and the ticks since it began.</summary>
readonly record struct CatalogActor(byte At, byte ETag, byte Age);

/// <summary>One repository: its row of the catalog, a manifest, its tombstone, and when the process of both pushes touched it.</summary>
/// <remarks>
/// An ETag of 0 is a row that does not exist; <c>Writes</c> is the source of ETags. Ages are ticks since the row was written, or since
/// the process touched it: <see cref="CatalogModel.Never"/> if it does not rely on it.
/// </remarks>
readonly record struct CatalogState(
    byte ETag, byte Age, byte Writes, bool Manifest, bool Tombstone, byte Touched,
    CatalogActor First, CatalogActor Second, CatalogActor Restore, CatalogActor Sweep)
{
    /// <summary>All content has a name.</summary>
    public bool IsBroken => ETag == 0 && (Manifest || Tombstone);

    public CatalogState Write() => this with { ETag = (byte)(Writes + 1), Writes = (byte)(Writes + 1), Age = 0 };
}

/// <summary>
/// The rule of the catalog: all interleavings of two pushes of one process, a restore, clients that delete and purge, and a collector.
/// It shares no row with the rest of the protocol, so it has a world of its own.
/// </summary>
/// <param name="broken">The rule that is left out; null for none.</param>
sealed class CatalogModel(CatalogMutation? broken)
{
    /// <summary>In ticks: the grace period. A process relies on a touch for one tick, and a push ends within another.</summary>
    const byte Grace = 2;
    const byte Relied = 1;
    const byte Deadline = 1;

    /// <summary>More ticks than any limit.</summary>
    public const byte Never = Grace + 2;

    const byte Ended = byte.MaxValue;

    /// <returns>Number of states, and whether one has content without a name.</returns>
    public (int States, bool IsBroken) Explore()
    {
        var start = new CatalogState() with { Touched = Never };
        var seen = new HashSet<CatalogState> { start };
        var queue = new Queue<CatalogState>([start]);
        while (queue.TryDequeue(out var state))
        {
            foreach (var next in Next(state))
            {
                if (next.IsBroken) return (seen.Count, true);
                if (seen.Add(next)) queue.Enqueue(next);
            }
        }
        return (seen.Count, false);
    }

    IEnumerable<CatalogState> Next(CatalogState state)
    {
        yield return Tick(state);
        foreach (var (next, push) in Push(state, state.First)) yield return next with { First = push };
        foreach (var (next, push) in Push(state, state.Second)) yield return next with { Second = push };
        foreach (var next in Restore(state)) yield return next;
        foreach (var next in Sweep(state)) yield return next;
        if (state.Manifest) yield return state with { Manifest = false, Tombstone = true };
        if (state.Tombstone) yield return state with { Tombstone = false };
    }

    CatalogState Tick(CatalogState state) => state with
    {
        Age = Older(state.Age),
        Touched = Older(state.Touched),
        First = Older(state.First),
        Second = Older(state.Second),
        Restore = Older(state.Restore),
    };

    static byte Older(byte age) => Math.Min((byte)(age + 1), Never);

    CatalogActor Older(CatalogActor actor) =>
        actor.At is 0 or Ended ? actor
        : actor.Age == Deadline && !Is(CatalogMutation.PushWithoutDeadline) ? new(Ended, 0, 0)
        : actor with { Age = Older(actor.Age) };

    /// <summary>0: relies on the row, touches or inserts it; 1: writes the manifest or is refused; 2: undoes its insert.</summary>
    IEnumerable<(CatalogState, CatalogActor)> Push(CatalogState state, CatalogActor me)
    {
        switch (me.At)
        {
            case 0 when state.Touched < Relied || (Is(CatalogMutation.CacheWithoutLimit) && state.Touched < Never):
                yield return (state, new(1, 0, 0));
                break;
            case 0:
                var touched = state.Write();
                yield return (touched, new(1, state.ETag == 0 ? touched.ETag : (byte)0, 0));
                break;
            case 1:
                var ended = new CatalogActor(Ended, 0, 0);
                // The process remembers when it touched the row, which was when this push began.
                yield return (state with { Manifest = true, Touched = Math.Min(state.Touched, me.Age) }, ended);
                var refused = me.ETag == 0 ? ended : me with { At = 2 };
                yield return (state, refused);
                // The answer to the write is lost, and the repeated request is refused because of the write itself.
                yield return (state with { Manifest = true }, Is(CatalogMutation.UndoAfterLostAnswer) ? refused : ended);
                break;
            case 2:
                var undoes = state.ETag == me.ETag || Is(CatalogMutation.UndoWithoutETag);
                yield return (undoes ? state with { ETag = 0 } : state, new(Ended, 0, 0));
                break;
        }
    }

    /// <summary>0: reads the tombstone and touches the row; 1: makes the tombstone a manifest, if it still exists.</summary>
    IEnumerable<CatalogState> Restore(CatalogState state)
    {
        if (state.Restore.At == 0 && state.Tombstone)
            yield return (Is(CatalogMutation.RestoreDoesNotTouch) ? state : state.Write()) with { Restore = new(1, 0, 0) };
        if (state.Restore.At == 1)
        {
            var ended = state with { Restore = new(Ended, 0, 0) };
            yield return state.Tombstone ? ended with { Tombstone = false, Manifest = true } : ended;
        }
    }

    /// <summary>0: reads an old row; 1 and 2: reads m: and x:; 3: deletes the row.</summary>
    IEnumerable<CatalogState> Sweep(CatalogState state)
    {
        var me = state.Sweep;
        var old = state.Age > Grace || Is(CatalogMutation.SweepOfYoungRows);
        if (me.At == 0 && state.ETag != 0 && old) yield return state with { Sweep = new(1, state.ETag, 0) };
        if (me.At is 1 or 2)
        {
            var exists = (me.At == 1) == Is(CatalogMutation.SweepReadsTombstonesFirst) ? state.Tombstone : state.Manifest;
            yield return state with { Sweep = exists ? default : me with { At = (byte)(me.At + 1) } };
        }
        if (me.At == 3)
        {
            var deletes = state.ETag == me.ETag || Is(CatalogMutation.SweepWithoutETag);
            yield return (deletes ? state with { ETag = 0 } : state) with { Sweep = default };
        }
    }

    bool Is(CatalogMutation mutation) => broken == mutation;
}
