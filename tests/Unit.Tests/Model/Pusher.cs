using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>How a client uploads a blob.</summary>
enum Upload
{
    /// <summary>It assumes that the blob exists.</summary>
    None,

    /// <summary>HEAD, then one POST if the blob does not exist.</summary>
    Head,

    /// <summary>One POST with the whole blob, small enough for one storage request.</summary>
    Post,

    /// <summary>One POST with the whole blob, in blocks.</summary>
    StreamedPost,

    /// <summary>POST, PATCH, an empty PATCH, PUT.</summary>
    Session,

    /// <summary>POST, PATCH, PUT, with so few bytes that they are in the session's row.</summary>
    SmallSession,

    /// <summary>POST, and a PUT with the whole blob: the session has no row until it ends.</summary>
    Whole,

    /// <summary>A PUT that ends a session which another client has begun.</summary>
    Close,

    /// <summary>From the other repository; one POST if the blob does not exist there.</summary>
    Mount,

    /// <summary>From any repository that owns it.</summary>
    MountAnywhere,
}

/// <summary>What a client pushes after the blob.</summary>
/// <param name="Image">The manifest.</param>
/// <param name="Tagged">Whether it is tagged.</param>
/// <param name="Pending">The <c>p:</c> row of this push if the manifest is large.</param>
/// <param name="Restores">Whether the manifest is read from <c>x:</c>.</param>
sealed record Put(int Image, bool Tagged = false, int? Pending = null, bool Restores = false);

/// <summary>
/// A client that uploads a blob (UploadFinisher, UploadStore, BlobStore), then pushes a manifest that references it
/// (ManifestWriter).
/// </summary>
/// <param name="name">Name of the actor.</param>
/// <param name="repository">The target repository.</param>
/// <param name="upload">How the blob is uploaded.</param>
/// <param name="put">The push that follows; null for none.</param>
/// <param name="objects">Names of the objects that it writes, one for each attempt.</param>
/// <param name="session">The session of an upload in chunks.</param>
/// <param name="blob">The blob.</param>
sealed partial class Pusher(string name, int repository, Upload upload,
    Put? put = null, int[]? objects = null, int session = 0, int blob = 0) : Actor(name)
{
    /// <summary>The chunks that the blob consists of.</summary>
    const byte Whole = 1;

    readonly int[] _objects = objects ?? [];

    enum At : byte
    {
        Start, StageChunk, ExtendSession, Extended, ExtendAgain, CommitStaged, CopyStaged,
        StageBlocks, CommitObject, OwnContent, ReadContent, LinkBlob, DiscardStaged, CommitLate,
        HeadLink, KeepLink, ReadOwners, MountHead,
        Uploaded, ReadDeleted, HoldPending, TouchReferences, ReadTag, PutManifest, LinkLate, DeletePending,
    }

    bool IsSession => upload is Upload.Session or Upload.SmallSession or Upload.Whole or Upload.Close;

    /// <summary>Whether the bytes were staged where the session's id names them.</summary>
    bool IsStaged => upload is Upload.Session or Upload.Close;

    public override int Choices(World world)
    {
        ref var me = ref world.Of(this);
        if (me.At == Ended) return 0;
        // A client without an answer, because the process died or the deadline has passed, retries once more while there is a
        // name left.
        return me.Since > 0 && (At)me.At < At.Uploaded && me.Attempt + 1 < _objects.Length ? 2 : 1;
    }

    public override Action Act(World world, int choice)
    {
        ref var me = ref world.Of(this);
        if (choice == 1) return Again(world, "its process dies; the client asks again");
        return (At)me.At < At.Uploaded ? ActOnBlob(world, ref me) : ActOnManifest(world, ref me);
    }

    public override void GiveUp(World world)
    {
        ref var me = ref world.Of(this);
        if ((At)me.At < At.Uploaded && me.Attempt + 1 < _objects.Length) Again(world, "");
        else base.GiveUp(world);
    }

    Action Again(World world, string outcome)
    {
        ref var me = ref world.Of(this);
        var at = upload is Upload.Session or Upload.SmallSession ? At.Extended
            : upload is Upload.Head or Upload.Mount ? At.CommitObject : At.Start;
        var attempt = (byte)(me.Attempt + 1);
        me = new Locals { At = (byte)at, Attempt = attempt, Promised = me.Promised, Marked = IsSession };
        return new(null, outcome);
    }

    Action Fail(World world, ProtocolStep step, string outcome)
    {
        ref var me = ref world.Of(this);
        if ((At)me.At < At.Uploaded && me.Attempt + 1 < _objects.Length) Again(world, outcome);
        else me = new Locals { At = Ended };
        return new(step, outcome);
    }

    Action ActOnBlob(World world, ref Locals me)
    {
        var scope = world.Scope;
        switch ((At)me.At)
        {
            case At.Start:
                me.At = (byte)(upload switch
                {
                    Upload.None => At.Uploaded,
                    Upload.Head => At.HeadLink,
                    Upload.Post => At.CommitObject,
                    Upload.StreamedPost => At.StageBlocks,
                    Upload.Mount => At.MountHead,
                    Upload.MountAnywhere => At.ReadOwners,
                    Upload.Whole when me.Attempt > 0 => At.CommitObject,
                    _ => At.Start,
                });
                if ((At)me.At == At.Uploaded) return ActOnManifest(world, ref me);
                if ((At)me.At != At.Start) return ActOnBlob(world, ref me);
                if (upload == Upload.Close) return ReadSession(world, ref me);
                if (!world[scope.Location(session)].Exists) world.Put(scope.Location(session));
                me.At = (byte)(upload == Upload.Whole ? At.CommitObject : upload == Upload.Session ? At.StageChunk : At.ExtendSession);
                me.A = World.Missing(scope.Session(session));
                return new(null, "202 to the POST, which writes nothing");

            case At.StageChunk:
                if (!Chunks.MayBegin(world, session)) return Fail(world, ProtocolStep.StageBlocks, "404");
                Chunks.Stage(world, session, Whole);
                if (!scope.Has(Mutation.NoDeadlineForFirstChunk)) me.Since = 1;
                me.At = (byte)At.ExtendSession;
                return new(ProtocolStep.StageBlocks, "done");
            case At.ExtendSession:
            case At.ExtendAgain:
                if (upload == Upload.SmallSession && !Chunks.MayBegin(world, session))
                    return Fail(world, ProtocolStep.ExtendSession, "404");
                if (!Chunks.Extend(world, session, me.A, Whole)) return Fail(world, ProtocolStep.ExtendSession, "412: 416 or 404");
                (me.A, me.Since, me.Marked) = (default, 0, me.At == (byte)At.ExtendAgain || upload != Upload.Session);
                (me.At, me.Promised) = ((byte)At.Extended, 1);
                return new(ProtocolStep.ExtendSession, "202");
            case At.Extended:
                return ReadSession(world, ref me);

            case At.CommitStaged:
                if (!scope.Has(Mutation.NoDeadline) && !scope.Has(Mutation.DeadlineAfterCommit)) me.Since = 1;
                if (!Chunks.Commit(world, session, Whole))
                {
                    if (IsLive(world, me.A) && !world.IsExcused(scope.Staged(session)))
                        world.Break("The acknowledged chunks of a live session are missing.");
                    return Fail(world, ProtocolStep.CommitStaged, "404, or committed by another");
                }
                me.At = (byte)At.CopyStaged;
                return new(ProtocolStep.CommitStaged, "found");
            case At.CopyStaged:
                me.Object = (byte)_objects[0];
                if (!world[scope.Staged(session)].Done)
                {
                    if (IsLive(world, me.A)) world.Break("The committed object of a live session is missing.");
                    return Fail(world, ProtocolStep.CopyStaged, "404");
                }
                var copied = world[scope.Object(me.Object)].Exists;
                if (!copied) world.Put(scope.Object(me.Object), done: true);
                me.At = (byte)At.OwnContent;
                return new(ProtocolStep.CopyStaged, copied ? "was copied before" : "copied");

            case At.StageBlocks:
                me.Object = ObjectOf(scope, me.Attempt);
                // Azure reports uncommitted blocks as old as the first of them.
                if (!world[scope.Object(me.Object)].Exists) world.Put(scope.Object(me.Object));
                me.At = (byte)At.CommitObject;
                return new(ProtocolStep.StageBlocks, "done");
            case At.CommitObject:
                return CommitObject(world, ref me);
            case At.OwnContent:
                return OwnContent(world, ref me);
            case At.ReadContent:
                me.Object = world[scope.Content(blob)].Value;
                var exists = world[scope.Content(blob)].Exists;
                me.At = (byte)(exists || scope.Has(Mutation.MountReadsBeforeOwning) ? At.LinkBlob : At.OwnContent);
                if (scope.Has(Mutation.MountReadsBeforeOwning) && IsMount && !me.Marked) (me.At, me.Marked) = ((byte)At.OwnContent, true);
                return new(ProtocolStep.ReadContent, exists ? "names an object" : "404");
            case At.LinkBlob when scope.Has(Mutation.PutBeforeLink) && put is not null:
                me.At = (byte)At.Uploaded;
                return ActOnManifest(world, ref me);
            case At.LinkBlob:
                return LinkBlob(world, ref me);
            case At.CommitLate:
                world.Put(scope.Object(me.Object), done: true);
                Acknowledge(ref me);
                return new(ProtocolStep.CommitObject, "done");
            case At.DiscardStaged:
                world.Delete(scope.Staged(session));
                AfterUpload(ref me);
                return new(ProtocolStep.DiscardStaged, "done");

            case At.HeadLink:
                var link = world.Read(scope.Link(repository, blob));
                if (link.MarkedForDeletion && !scope.Has(Mutation.HeadDoesNotUnmark)) me.At = (byte)At.KeepLink;
                else if (link.Exists) Acknowledge(ref me);
                else me.At = (byte)At.CommitObject;
                return new(ProtocolStep.HeadLink, !link.Exists ? "404" : link.MarkedForDeletion ? "marked for deletion" : "200");
            case At.KeepLink:
                var kept = world[scope.Link(repository, blob)].Exists;
                if (kept) Touches.Link(world, repository, blob);
                if (kept) Acknowledge(ref me);
                else me.At = (byte)At.CommitObject;
                return new(ProtocolStep.UnmarkLinkOnHead, kept ? "200" : "404");

            case At.ReadOwners:
                var owned = world[scope.Owner(blob, 1 - repository)].Exists;
                if (!owned) return Fail(world, ProtocolStep.ReadOwners, "no owner");
                me.At = (byte)At.MountHead;
                return new(ProtocolStep.ReadOwners, "the other repository's");
            default:
                var source = world[scope.Link(1 - repository, blob)].Exists;
                if (source && !scope.Has(Mutation.NoDeadline)) me.Since = 1;
                me.Object = byte.MaxValue;
                if (source) me.At = (byte)(scope.Has(Mutation.MountReadsBeforeOwning) ? At.ReadContent : At.OwnContent);
                else if (_objects.Length > 0) me = new Locals { At = (byte)At.CommitObject, Attempt = me.Attempt };
                else return Fail(world, ProtocolStep.HeadLink, "404");
                return new(ProtocolStep.HeadLink, source ? "200" : "404");
        }
    }

    bool IsLive(World world, in Seen seen) => world.IsUnchanged(seen) && Chunks.Lives(world, session);

    bool IsMount => upload is Upload.Mount or Upload.MountAnywhere;

    /// <summary>Reads the session for a chunk, or to end it.</summary>
    Action ReadSession(World world, ref Locals me)
    {
        var scope = world.Scope;
        var row = scope.Session(session);
        me.A = world.Read(row);
        if (!Chunks.Lives(world, session))
        {
            if (me.Promised > 0 && me.Promised <= scope.Clock.Session + 1) world.Break("A session is deleted before it expires.");
            return Fail(world, ProtocolStep.ReadSession, "404");
        }
        if (me.A.Done && me.A.Value == 0) return Fail(world, ProtocolStep.ReadSession, "cancelled: 404");
        if (me.A.Done)
        {
            // The acknowledgement is as old as the link, which was written in the same transaction.
            me = new Locals { At = (byte)At.Uploaded, Promised = (byte)(1 + world[row].Age) };
            return new(ProtocolStep.ReadSession, "finished before: 201");
        }
        if (me.A.Value != Whole) return Fail(world, ProtocolStep.ReadSession, "another digest: 400");
        if (!me.Marked && upload == Upload.Session)
        {
            me.At = (byte)At.ExtendAgain;
            return new(ProtocolStep.ReadSession, "open");
        }
        me.Promised = 0;
        me.At = (byte)(IsStaged ? At.CommitStaged : At.CommitObject);
        return new(ProtocolStep.ReadSession, "open");
    }

    Action CommitObject(World world, ref Locals me)
    {
        var scope = world.Scope;
        me.Object = ObjectOf(scope, me.Attempt);
        if (upload == Upload.Whole && !Chunks.MayBegin(world, session)) return Fail(world, ProtocolStep.CommitObject, "404");
        if (upload == Upload.Whole) me.A = World.Missing(scope.Session(session));
        if (scope.Has(Mutation.LinkBeforeCommit)) return OwnContent(world, ref me);
        if (!scope.Has(Mutation.NoDeadline) && !scope.Has(Mutation.DeadlineAfterCommit)) me.Since = 1;
        ref var target = ref world[scope.Object(me.Object)];
        // Staged blocks may have been discarded meanwhile; with one name for all attempts, the object may exist.
        var done = target.Done || upload != Upload.StreamedPost || target.Exists || scope.Has(Mutation.CommitIsNotChecked);
        if (!done) return Fail(world, ProtocolStep.CommitObject, "blocks are missing");
        if (!target.Done && (target.Exists || upload != Upload.StreamedPost)) world.Put(scope.Object(me.Object), done: true);
        me.At = (byte)(scope.Has(Mutation.LinkBeforeOwning) ? At.LinkBlob : At.OwnContent);
        return new(ProtocolStep.CommitObject, "done");
    }

    Action OwnContent(World world, ref Locals me)
    {
        var scope = world.Scope;
        if (me.Since == 0 && !scope.Has(Mutation.NoDeadline)) me.Since = 1;
        var (content, owner) = (scope.Content(blob), scope.Owner(blob, repository));
        var early = scope.Has(Mutation.LinkBeforeOwning) || (scope.Has(Mutation.MountReadsBeforeOwning) && IsMount);
        if (!world[content].Exists && me.Object == byte.MaxValue) return Fail(world, ProtocolStep.OwnContent, "404");
        if (!world[content].Exists && scope.Has(Mutation.MountReadsBeforeOwning) && IsMount)
            return Fail(world, ProtocolStep.OwnContent, "404");
        var inserts = !world[content].Exists;
        if (inserts) world.Put(content, me.Object);
        else if (!(scope.Has(Mutation.MountDoesNotTouchContent) && IsMount)) world.Touch(content);
        world.Put(owner);
        if (scope.Has(Mutation.LinkBeforeOwning)) Acknowledge(ref me);
        else me.At = (byte)(inserts || early ? At.LinkBlob : At.ReadContent);
        return new(ProtocolStep.OwnContent, inserts ? "inserts its object" : "content exists");
    }

    Action LinkBlob(World world, ref Locals me)
    {
        var scope = world.Scope;
        var link = scope.Link(repository, blob);
        if (IsSession)
        {
            if (!Chunks.Matches(world, me.A, Mutation.SessionEndWithoutETag))
            {
                // Ended by another request; or marked for deletion, or appended to.
                if (!Chunks.Lives(world, session) || world[scope.Session(session)] is not { Done: true, Value: Whole })
                    return Fail(world, ProtocolStep.LinkBlob, "412: 416 or 404");
                me = new Locals { At = (byte)At.Uploaded, Promised = (byte)(1 + world[scope.Session(session)].Age) };
                return new(ProtocolStep.LinkBlob, "finished by another request: 201");
            }
            if ((world[scope.Session(session)].Value & ~Whole) != 0) world.Break("An acknowledged chunk is not in the blob.");
            if (world.HasEnded(session) && !world[scope.Session(session)].Done) world.Break("A session becomes a blob after it has ended.");
            world.Put(scope.Session(session), Whole, done: true);
            world.End(session);
        }
        world.Put(link, me.Object);
        world.Excuse(link, false);
        if (scope.Has(Mutation.LinkBeforeOwning)) me.At = (byte)At.OwnContent;
        else if (scope.Has(Mutation.LinkBeforeCommit)) me.At = (byte)At.CommitLate;
        else Acknowledge(ref me);
        return new(ProtocolStep.LinkBlob, "201");
    }

    /// <summary>The blob is acknowledged to the client.</summary>
    void Acknowledge(ref Locals me)
    {
        me = new Locals { Promised = 1 };
        if (IsStaged) me.At = (byte)At.DiscardStaged;
        else AfterUpload(ref me);
    }

    void AfterUpload(ref Locals me)
    {
        me.At = put is null ? Ended : (byte)At.Uploaded;
        if (put is null) me.Promised = 0;
    }

    byte ObjectOf(Scope scope, int attempt) => scope.Has(Mutation.OneNamePerDigest) ? (byte)0 : (byte)_objects[attempt];
}
