using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>The push of a manifest, small or large, and its restoration from <c>x:</c>.</summary>
sealed partial class Pusher
{
    Action ActOnManifest(World world, ref Locals me)
    {
        var scope = world.Scope;
        if (put is null)
        {
            me = new Locals { At = Ended };
            return new(null, "ends");
        }
        switch ((At)me.At)
        {
            case At.Uploaded when put.Restores:
            case At.ReadDeleted:
                me.B = world.Read(scope.Deleted(repository, put.Image));
                if (!me.B.Exists) return Fail(world, ProtocolStep.ReadDeleted, "404");
                me.At = (byte)First(scope);
                return new(ProtocolStep.ReadDeleted, "found");
            case At.Uploaded:
            case At.Start:
                me.At = (byte)First(scope);
                return ActOnManifest(world, ref me);

            case At.HoldPending:
                Begin(scope, ref me);
                world.Put(scope.PendingRow(put.Pending!.Value));
                me.At = (byte)At.TouchReferences;
                return new(ProtocolStep.WritePending, "done");
            case At.TouchReferences:
                // One blob stands for a batch.
                var needed = scope.Images[put.Image].Blobs[me.Next];
                if (!Touch(world, needed)) return Missing(world, ref me, ProtocolStep.TouchReferences, needed);
                me.Next++;
                if (me.Next == scope.Images[put.Image].Blobs.Length) (me.At, me.Next) = ((byte)AfterTouching, 0);
                return new(ProtocolStep.TouchReferences, "done");
            case At.ReadTag:
                Begin(scope, ref me);
                me.A = world.Read(scope.Tag(repository));
                me.At = (byte)At.PutManifest;
                return new(ProtocolStep.ReadTag, me.A.Exists ? scope.Images[me.A.Value].Name : "404");
            case At.PutManifest:
                Begin(scope, ref me);
                return PutManifest(world, ref me);
            case At.LinkLate:
                world.Put(scope.Link(repository, blob), me.Object);
                me = new Locals { At = Ended };
                return new(ProtocolStep.LinkBlob, "done");
            default:
                if (put.Pending is { } pending) world.Delete(scope.PendingRow(pending));
                me = new Locals { At = Ended };
                return new(ProtocolStep.DeletePending, "gave up");
        }
    }

    static void Begin(Scope scope, ref Locals me)
    {
        if (me.Since == 0 && !scope.Has(Mutation.NoDeadline)) me.Since = 1;
    }

    At First(Scope scope) => put!.Pending is null ? AfterTouching
        : scope.Has(Mutation.LargePutWithoutPending) ? At.TouchReferences : At.HoldPending;

    At AfterTouching => put!.Tagged ? At.ReadTag : At.PutManifest;

    bool Touch(World world, int needed)
    {
        if (LeavesOutTouch(world.Scope)) return true;
        if (!world[world.Scope.Link(repository, needed)].Exists) return false;
        Touches.Link(world, repository, needed);
        return true;
    }

    bool LeavesOutTouch(Scope scope) =>
        scope.Has(Mutation.PutDoesNotTouch) || scope.Has(Mutation.PutBeforeLink)
            || (put!.Restores && scope.Has(Mutation.RestoreDoesNotTouch));

    /// <summary>
    /// Answers 400. That must not happen for a blob that was acknowledged to the client, nor for one that a deleted manifest
    /// pins.
    /// </summary>
    Action Missing(World world, ref Locals me, ProtocolStep step, int needed)
    {
        var scope = world.Scope;
        var gone = world.IsExcused(scope.Link(repository, needed));
        if (!gone && needed == blob && me.Promised > 0 && me.Promised <= scope.Clock.Grace)
            world.Break("A blob is missing within the grace period of its acknowledgement.");
        if (!gone && put!.Restores && world.IsUnchanged(me.B)) world.Break("A deleted manifest cannot be restored within its time.");
        if (put!.Pending is null || scope.Has(Mutation.LargePutWithoutPending)) return Fail(world, step, "a blob is missing: 400");
        me = new Locals { At = (byte)At.DeletePending };
        return new(step, "a blob is missing: 400");
    }

    Action PutManifest(World world, ref Locals me)
    {
        var scope = world.Scope;
        var image = scope.Images[put!.Image];
        var large = put.Pending is not null && !scope.Has(Mutation.LargePutWithoutPending);
        var (manifest, tag) = (scope.Manifest(repository, put.Image), scope.Tag(repository));

        // The conditions of the transaction, in the order of its actions.
        if (put.Pending is null && !LeavesOutTouch(scope))
        {
            foreach (var needed in image.Blobs)
                if (!world[scope.Link(repository, needed)].Exists) return Missing(world, ref me, ProtocolStep.PutManifest, needed);
        }
        var touchesChild = image.Child is not null && !scope.Has(Mutation.IndexDoesNotTouchChildren);
        if (touchesChild && !world[scope.Manifest(repository, image.Child!.Value)].Exists)
            return Fail(world, ProtocolStep.PutManifest, "a child is missing: 400");
        var moves = put.Tagged && me.A.Exists && me.A.Value != put.Image;
        var retry = put.Tagged && !scope.Has(Mutation.TagPutWithoutETag) && !world.IsUnchanged(me.A);
        retry |= moves && !world[scope.TagOf(repository, me.A.Value)].Exists && !scope.Has(Mutation.TagPutWithoutETag);
        if (retry)
        {
            me.At = (byte)At.ReadTag;
            me.A = default;
            return new(ProtocolStep.PutManifest, "412");
        }
        if (put.Restores && !world.IsUnchanged(me.B))
            return large ? GiveUpPending(ref me, "412") : Fail(world, ProtocolStep.PutManifest, "412");
        if (large && !world[scope.PendingRow(put.Pending!.Value)].Exists)
        {
            // As in the code: only this attempt writes the row, so an earlier answer was lost.
            world.Break("A push that stored nothing was answered with 201.");
            return Fail(world, ProtocolStep.PutManifest, "201");
        }

        if (put.Pending is null) foreach (var needed in image.Blobs) Touch(world, needed);
        if (touchesChild) world.Touch(scope.Manifest(repository, image.Child!.Value));
        if (moves && !scope.Has(Mutation.MoveKeepsOldPair)) world.Delete(scope.TagOf(repository, me.A.Value));
        world.Put(manifest);
        world.Orphaned &= (byte)~(1 << put.Image);
        if (put.Tagged)
        {
            world.Put(tag, put.Image);
            world.Put(scope.TagOf(repository, put.Image));
        }
        if (large) world.Delete(scope.PendingRow(put.Pending!.Value));
        if (put.Restores) world.Delete(scope.Deleted(repository, put.Image));
        me = scope.Has(Mutation.PutBeforeLink) ? new Locals { At = (byte)At.LinkLate, Object = me.Object } : new Locals { At = Ended };
        return new(ProtocolStep.PutManifest, "201");
    }

    static Action GiveUpPending(ref Locals me, string outcome)
    {
        me = new Locals { At = (byte)At.DeletePending };
        return new(ProtocolStep.PutManifest, outcome);
    }
}

/// <summary>The touch of a link by an actor that needs it.</summary>
static class Touches
{
    public static void Link(World world, int repository, int blob)
    {
        var link = world.Scope.Link(repository, blob);
        if (!world.Scope.Has(Mutation.TouchKeepsMark)) world[link].MarkedForDeletion = false;
        world.Touch(link);
    }
}

/// <summary>The chunks of a session, in its row and as blocks.</summary>
static class Chunks
{
    public static bool Lives(World world, int session)
    {
        ref var row = ref world[world.Scope.Session(session)];
        return row.Exists && !row.MarkedForDeletion && row.Age <= world.Scope.Clock.Session;
    }

    /// <summary>
    /// Adds blocks after the existing ones. They are as old as the first; on a committed object they change nothing.
    /// </summary>
    public static void Stage(World world, int session, byte chunk)
    {
        ref var staged = ref world[world.Scope.Staged(session)];
        if (!staged.Exists) world.Put(world.Scope.Staged(session), chunk);
        else if (!staged.Done) staged.Value |= chunk;
    }

    /// <summary>Whether the location of a session without a row may still be used.</summary>
    public static bool MayBegin(World world, int session)
    {
        ref var location = ref world[world.Scope.Location(session)];
        return location.Exists
            && (location.Age <= world.Scope.Clock.Session || world.Scope.Has(Mutation.LocationNeverExpires));
    }

    /// <summary>Whether the row is as it was read, or still missing.</summary>
    public static bool Matches(World world, in Seen seen, Mutation leftOut) => seen.Exists
        ? world.Matches(seen, leftOut)
        : !world[seen.Row - 1].Exists || world.Scope.Has(Mutation.SessionIsOverwritten);

    public static bool Extend(World world, int session, in Seen seen, byte chunk)
    {
        var row = world.Scope.Session(session);
        if (!Matches(world, seen, Mutation.SessionExtendWithoutETag)) return false;
        if ((world[row].Value & ~(seen.Value | chunk)) != 0) world.Break("An acknowledged chunk is not in the session.");
        if (world.HasEnded(session)) world.Break("A session takes a chunk after it has ended.");
        world.Put(row, seen.Value | chunk, world[row].Done && world.Scope.Has(Mutation.SessionExtendWithoutETag));
        return true;
    }

    /// <summary>
    /// Commits with If-None-Match, or finds a committed object: the same content, and young enough that no collector may be
    /// about to delete it.
    /// </summary>
    public static bool Commit(World world, int session, byte chunks)
    {
        var scope = world.Scope;
        ref var staged = ref world[scope.Staged(session)];
        if (staged.Done) return staged.Value == chunks && (staged.Age <= scope.Clock.Session || scope.Has(Mutation.OldCommitIsTaken));
        if (!staged.Exists || (staged.Value & chunks) != chunks) return false;
        world.Put(scope.Staged(session), chunks, done: true);
        world.Excuse(scope.Staged(session), true);
        return true;
    }
}
