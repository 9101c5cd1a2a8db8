using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>
/// A collector. Its sweeps run in any order and may stop at any step, which covers stopped and resumed passes, and passes that
/// overlap. One sweep handles one row, session or digest; decisions on one do not depend on the others.
/// </summary>
/// <param name="name">Name of the actor.</param>
/// <param name="jobs">What it sweeps, in the order of a pass.</param>
sealed class Collector(string name, params Job[] jobs) : Actor(name)
{
    enum At : byte
    {
        Idle, Mark, ScanLinks, ActOnLink,
        MarkSession, DiscardStaged, DeleteSession, ListStaged, DeleteStaged, DeletePending, ExpireDeleted,
        ReadContent, ReadOwners, HeadLink, DeleteOwner, DeleteContent, ListObjects, ReadContentAgain, DeleteObject,
    }

    public override int Choices(World world) => world.Of(this).At == 0 ? jobs.Length : 2;

    public override Action Act(World world, int choice)
    {
        ref var me = ref world.Of(this);
        if ((At)me.At == At.Idle)
        {
            me.Job = (byte)choice;
            world.ReadNow(this, jobs[choice].Kind);
            if (jobs[choice].Kind == Kind.Owner) world.ReadNow(this, Kind.Object);
            if (jobs[choice].Kind == Kind.Session) world.ReadNow(this, Kind.Staged);
        }
        else if (choice == 1)
        {
            return Stop(world, new(null, "stops"));
        }
        var job = jobs[me.Job];
        return job.Kind switch
        {
            Kind.Link => OnLink(world, job.Repository, job.Item),
            Kind.Owner => OnDigest(world, job.Item),
            Kind.Session => OnSession(world, job.Item),
            _ => OnExpired(world, job),
        };
    }

    /// <summary>A whole pass without other actors.</summary>
    public void Pass(World world)
    {
        for (var job = 0; job < jobs.Length; job++)
        {
            Act(world, job);
            while (world.Of(this).At != 0) Act(world, 0);
        }
    }

    Action Stop(World world, Action last)
    {
        world.Of(this) = default;
        world.ForgetNow(this);
        return last;
    }

    /// <summary>Sweep 1b and 1c: mark p:, m:, x:, in this order, then look at b:.</summary>
    Action OnLink(World world, int repository, int blob)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        if ((At)me.At is At.Idle or At.Mark)
        {
            me.At = (byte)At.Mark;
            var (kind, image, last) = scope.Scans[me.Next];
            me.Marked |= kind switch
            {
                Kind.Pending => Marks.ByPending(world, repository, blob),
                Kind.Manifest => Marks.By(world, scope.Manifest(repository, image), image, blob),
                _ => !scope.Has(Mutation.DeletedIsNotMarked) && Marks.By(world, scope.Deleted(repository, image), image, blob),
            };
            me.Next++;
            if (last) (me.At, me.Next) = ((byte)At.ScanLinks, 0);
            var step = kind switch
            {
                Kind.Pending => ProtocolStep.ScanPending,
                Kind.Manifest => ProtocolStep.ScanManifests,
                _ => ProtocolStep.ScanDeleted
            };
            return new(step, me.Marked ? "needed" : "not needed so far");
        }
        if ((At)me.At == At.ScanLinks)
        {
            me.A = world.Read(scope.Link(repository, blob), this);
            var undecided = me.A.Exists
                && (me.Marked ? me.A.MarkedForDeletion : !me.A.MarkedForDeletion || me.A.Old || scope.Has(Mutation.NoGraceForLinks));
            if (!undecided) return Stop(world, new(ProtocolStep.ScanLinks, "unchanged"));
            me.At = (byte)At.ActOnLink;
            return new(ProtocolStep.ScanLinks, me.Marked ? "is marked for deletion"
                : me.A.MarkedForDeletion ? "was marked for deletion long ago" : "is not marked for deletion");
        }
        var link = scope.Link(repository, blob);
        var (action, leftOut) = me.Marked ? (ProtocolStep.UnmarkLink, Mutation.UnmarkWithoutETag)
            : me.A.MarkedForDeletion ? (ProtocolStep.DeleteLink, Mutation.LinkDeleteWithoutETag)
                : (ProtocolStep.MarkLinkForDeletion, Mutation.MarkWithoutETag);
        if (!world.Matches(me.A, leftOut)) return Stop(world, new(action, "412"));
        if (action == ProtocolStep.DeleteLink) world.Delete(link);
        else world.MarkForDeletion(link, action == ProtocolStep.MarkLinkForDeletion);
        return Stop(world, new(action, "done"));
    }

    /// <summary>
    /// Sweeps 1a and 3: an expired session is marked for deletion before its staged chunks are deleted. Blocks are as old as
    /// the first of them, so those of a session that may be live are kept, however old.
    /// </summary>
    Action OnSession(World world, int session)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        switch ((At)me.At)
        {
            case At.Idle:
                me.A = world.Read(scope.Session(session), this);
                me.Marked = me.A is { Exists: true, MarkedForDeletion: false, Old: false };
                me.At = (byte)(me.Marked || !me.A.Exists ? At.ListStaged
                    : me.A.MarkedForDeletion || (scope.Has(Mutation.DiscardWithoutMark) && !me.A.Done) ? At.DiscardStaged
                    : me.A.Done ? At.DeleteSession : At.MarkSession);
                if ((At)me.At == At.ListStaged) me.A = default;
                return new(ProtocolStep.ReadSession, me.Marked ? "may be live" : (At)me.At == At.ListStaged ? "404" : "has expired");
            case At.MarkSession:
                var markedForDeletion = world.Matches(me.A, Mutation.SessionMarkWithoutETag);
                if (markedForDeletion)
                {
                    world.MarkForDeletion(scope.Session(session), true);
                    me.A = world.Read(scope.Session(session));
                    me.At = (byte)At.DiscardStaged;
                }
                else
                {
                    // Another request was faster: the session may be live.
                    (me.At, me.A, me.Marked) = ((byte)At.ListStaged, default, !scope.Has(Mutation.ChangedSessionIsForgotten));
                }
                return new(ProtocolStep.MarkSessionForDeletion, markedForDeletion ? "done" : "412");
            case At.DiscardStaged:
                world.Delete(scope.Staged(session));
                me.At = (byte)At.DeleteSession;
                return new(ProtocolStep.DiscardStaged, "done");
            case At.DeleteSession:
                var gone = world.Matches(me.A, Mutation.SessionDeleteWithoutETag);
                if (gone) world.Delete(scope.Session(session));
                (me.At, me.A, me.Marked) = ((byte)At.ListStaged, default, !gone);
                return new(ProtocolStep.DeleteSession, gone ? "done" : "412");
            case At.ListStaged:
                var staged = world.Read(scope.Staged(session), this);
                var left = staged.Old && (staged.Done || !me.Marked || scope.Has(Mutation.StagedSweepTakesUncommitted));
                if (!left) return Stop(world, new(ProtocolStep.ListStaged, "none"));
                me.At = (byte)At.DeleteStaged;
                return new(ProtocolStep.ListStaged, staged.Done ? "was committed long ago" : "blocks of no session");
            default:
                world.Delete(scope.Staged(session));
                return Stop(world, new(ProtocolStep.DeleteStaged, "done"));
        }
    }

    /// <summary>Sweep 1a: rows that expire.</summary>
    Action OnExpired(World world, Job job)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var isPending = job.Kind == Kind.Pending;
        if ((At)me.At == At.Idle)
        {
            me.A = world.Read(isPending ? scope.PendingRow(job.Item) : scope.Deleted(job.Repository, job.Item), this);
            var step = isPending ? ProtocolStep.ScanPending : ProtocolStep.ScanDeleted;
            if (!me.A.Old) return Stop(world, new(step, "nothing has expired"));
            me.At = (byte)(isPending ? At.DeletePending : At.ExpireDeleted);
            return new(step, "has expired");
        }
        var leftOut = isPending ? Mutation.PendingDeleteWithoutETag : Mutation.ExpireWithoutETag;
        var action = isPending ? ProtocolStep.DeletePending : ProtocolStep.ExpireDeleted;
        var row = me.A.Row - 1;
        if (!world.Matches(me.A, leftOut)) return Stop(world, new(action, "412"));
        if (!isPending && world[row].Age < scope.Clock.Keep) world.Break("A deleted manifest is not restorable for the promised time.");
        world.Delete(row);
        return Stop(world, new(action, "done"));
    }

    /// <summary>
    /// Sweep 2: content is read before its owners, a link after its owner, and content again before an object is deleted.
    /// </summary>
    Action OnDigest(World world, int blob)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var ownersFirst = scope.Has(Mutation.OwnersBeforeContent);
        switch ((At)me.At)
        {
            case At.Idle when !ownersFirst:
            case At.ReadContent:
                me.C = world.Read(scope.Content(blob));
                if (ownersFirst) AfterOwners(scope, ref me);
                else me.At = (byte)At.ReadOwners;
                return new(ProtocolStep.ReadContent, me.C.Exists ? "found" : "404");
            case At.Idle:
            case At.ReadOwners:
                me.A = world.Read(scope.Owner(blob, 0), this);
                if (scope.Repositories > 1) me.B = world.Read(scope.Owner(blob, 1), this);
                if (ownersFirst) me.At = (byte)At.ReadContent;
                else AfterOwners(scope, ref me);
                return new(ProtocolStep.ReadOwners, me.A.Exists || me.B.Exists ? "some" : "none");
            case At.HeadLink:
                var linked = world[scope.Link(me.Next, blob)].Exists;
                if (linked) (me.Marked, me.Next) = (true, (byte)(me.Next + 1));
                me.At = (byte)At.DeleteOwner;
                if (linked) AfterOwners(scope, ref me);
                return new(ProtocolStep.HeadLink, linked ? "the owner links it" : "404");
            case At.DeleteOwner:
                ref var owner = ref Owner(ref me, me.Next);
                var deleted = world.Matches(owner, Mutation.OwnerDeleteWithoutETag);
                if (deleted) world.Delete(owner.Row - 1);
                else me.Marked = true;
                owner = default;
                me.Next++;
                AfterOwners(scope, ref me);
                return new(ProtocolStep.DeleteOwner, deleted ? "done" : "412");
            case At.DeleteContent:
                var gone = world.Matches(me.C, Mutation.ContentDeleteWithoutETag);
                if (gone) world.Delete(scope.Content(blob));
                if (!scope.Has(Mutation.ObjectWithoutReadingContentAgain)) me.C = default;
                else if (gone) me.C.Exists = false;
                me.At = (byte)At.ListObjects;
                return new(ProtocolStep.DeleteContent, gone ? "done" : "412");
            case At.ListObjects:
                if (!scope.Has(Mutation.ObjectWithoutReadingContentAgain)) me.C = default;
                for (var i = 0; i < scope.Objects.Length; i++)
                {
                    if (scope.Objects[i] != blob || !world.IsOld(scope.Object(i), this)) continue;
                    me.Object |= (byte)(1 << i);
                    if (!world[scope.Object(i)].Done) me.Uncommitted |= (byte)(1 << i);
                }
                (me.Marked, me.Next) = (false, 0);
                return NextObject(world, new(ProtocolStep.ListObjects, me.Object != 0 ? "some are old" : "none is old"));
            case At.ReadContentAgain:
                var named = world[scope.Content(blob)] is { Exists: true } content && content.Value == me.Next;
                me.At = (byte)At.DeleteObject;
                if (!named) return new(ProtocolStep.ReadContent, "names another");
                me.Object &= (byte)~(1 << me.Next);
                return NextObject(world, new(ProtocolStep.ReadContent, "names it"));
            default:
                ref var target = ref world[scope.Object(me.Next)];
                var (step, done) = (target.Exists && !target.Done ? ProtocolStep.DiscardUncommitted : ProtocolStep.DeleteObject, true);
                // Objects that the listing showed as uncommitted are discarded with If-None-Match: they may have been committed
                // since, and are young then.
                if ((me.Uncommitted & 1 << me.Next) != 0 && target.Done && !scope.Has(Mutation.DiscardOverwrites))
                    (step, done) = (ProtocolStep.DiscardUncommitted, false);
                if (done) world.Delete(scope.Object(me.Next));
                me.Object &= (byte)~(1 << me.Next);
                return NextObject(world, new(step, done ? "done" : "409"));
        }
    }

    /// <summary>Continues with the next old owner; else with the content, if it has no owner.</summary>
    static void AfterOwners(Scope scope, ref Locals me)
    {
        for (; me.Next < 2; me.Next++)
        {
            var owner = Owner(ref me, me.Next);
            if (owner.Old)
            {
                me.At = (byte)At.HeadLink;
                return;
            }
            me.Marked |= owner.Exists;
        }
        me.At = (byte)(me.C.Exists && !me.Marked ? At.DeleteContent : At.ListObjects);
        (me.A, me.B, me.Next, me.Marked) = (default, default, 0, false);
        if ((At)me.At == At.ListObjects && !scope.Has(Mutation.ObjectWithoutReadingContentAgain)) me.C = default;
    }

    Action NextObject(World world, Action last)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        while (me.Object != 0)
        {
            me.Next = (byte)System.Numerics.BitOperations.TrailingZeroCount(me.Object);
            me.At = (byte)At.ReadContentAgain;
            if (!scope.Has(Mutation.ObjectWithoutReadingContentAgain)) return last;
            me.At = (byte)At.DeleteObject;
            if (!me.C.Exists || me.C.Value != me.Next) return last;
            me.Object &= (byte)~(1 << me.Next);
        }
        return Stop(world, last);
    }

    static ref Seen Owner(ref Locals me, int repository)
    {
        if (repository == 0) return ref me.A;
        return ref me.B;
    }
}

/// <summary>
/// What a collector sweeps: a link, a session and its staged chunks, a pending row, a deleted manifest, or a digest
/// (Kind.Owner).
/// </summary>
readonly record struct Job(Kind Kind, int Item, int Repository = 0);

/// <summary>Whether a row references a blob.</summary>
static class Marks
{
    public static bool ByPending(World world, int repository, int blob)
    {
        for (var p = 0; p < world.Scope.Pending.Length; p++)
        {
            var (of, image) = world.Scope.Pending[p];
            if (of == repository && By(world, world.Scope.PendingRow(p), image, blob)) return true;
        }
        return false;
    }

    public static bool By(World world, int row, int image, int blob) => world[row].Exists && world.Scope.Images[image].Blobs.Contains(blob);
}
