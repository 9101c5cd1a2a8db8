using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>Another client of an upload session, which sends one more chunk.</summary>
/// <param name="name">Name of the actor.</param>
/// <param name="session">The session.</param>
/// <param name="chunk">The chunk, as a bit; 0 for an empty body.</param>
/// <param name="first">Whether it has the location of a session without a row.</param>
sealed class Patcher(string name, int session, byte chunk, bool first = false) : Actor(name)
{
    enum At : byte { Start, StageBlocks, ExtendSession }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        ref var me = ref world.Of(this);
        switch ((At)me.At)
        {
            case At.Start when first:
                var may = Chunks.MayBegin(world, session);
                me.A = World.Missing(world.Scope.Session(session));
                if (!may) GiveUp(world);
                else if (!world.Scope.Has(Mutation.NoDeadlineForFirstChunk)) me.Since = 1;
                if (may) Chunks.Stage(world, session, chunk);
                if (may) me.At = (byte)At.ExtendSession;
                return new(may ? ProtocolStep.StageBlocks : null, may ? "done" : "404");
            case At.Start:
                me.A = world.Read(world.Scope.Session(session));
                var lives = Chunks.Lives(world, session) && !me.A.Done;
                if (!lives) GiveUp(world);
                else me.At = (byte)(chunk == 0 ? At.ExtendSession : At.StageBlocks);
                return new(ProtocolStep.ReadSession, lives ? "open" : "404");
            case At.StageBlocks:
                Chunks.Stage(world, session, chunk);
                me.At = (byte)At.ExtendSession;
                return new(ProtocolStep.StageBlocks, "done");
            default:
                var extended = Chunks.Extend(world, session, me.A, chunk);
                GiveUp(world);
                return new(ProtocolStep.ExtendSession, extended ? "202" : "412: 416 or 404");
        }
    }
}

/// <summary>Cancels a session (UploadStore.CancelAsync). Its row and the staged chunks are left to a collector.</summary>
sealed class Canceller(string name, int session) : Actor(name)
{
    enum At : byte { ReadSession, CancelSession }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        ref var me = ref world.Of(this);
        if ((At)me.At == At.ReadSession)
        {
            me.A = world.Read(world.Scope.Session(session));
            var lives = me.A.Exists ? Chunks.Lives(world, session) && !me.A.Done : Chunks.MayBegin(world, session);
            if (!lives) GiveUp(world);
            else me.At = (byte)At.CancelSession;
            return new(ProtocolStep.ReadSession, lives ? "open" : "404");
        }
        var cancelled = world.IsUnchanged(me.A);
        if (cancelled && world.Scope.Has(Mutation.CancelDeletesSession)) world.Delete(me.A.Row - 1);
        else if (cancelled) world.Put(me.A.Row - 1, done: true);
        if (cancelled) world.End(session);
        if (cancelled) GiveUp(world);
        else me = default;
        return new(ProtocolStep.CancelSession, cancelled ? "204" : "412");
    }
}

/// <summary>Deletes the tag (ManifestDeleter.DeleteTagAsync).</summary>
sealed class TagDeleter(string name, int repository) : Actor(name)
{
    enum At : byte { ReadTag, DeleteTag }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var tag = scope.Tag(repository);
        if ((At)me.At == At.ReadTag)
        {
            me.A = world.Read(tag);
            var exists = me.A.Exists;
            if (exists) me.At = (byte)At.DeleteTag;
            else GiveUp(world);
            return new(ProtocolStep.ReadTag, exists ? "found" : "404");
        }
        var tagOf = scope.TagOf(repository, me.A.Value);
        if (!world.Matches(me.A, Mutation.TagDeleteWithoutETag) || !world[tagOf].Exists)
        {
            me = default;
            return new(ProtocolStep.DeleteTag, "412");
        }
        world.Delete(tag);
        world.Delete(tagOf);
        Reader.TagIsGone(world);
        GiveUp(world);
        return new(ProtocolStep.DeleteTag, "202");
    }
}

/// <summary>Deletes a manifest with its tag (ManifestDeleter.DeleteManifestAsync).</summary>
/// <param name="name">Name of the actor.</param>
/// <param name="repository">Its repository.</param>
/// <param name="image">The manifest.</param>
/// <param name="batches">Whether there are so many tags that this one is deleted in a transaction before the last.</param>
sealed class ManifestDeleter(string name, int repository, int image, bool batches = false) : Actor(name)
{
    enum At : byte { ReadManifest, ScanTagsOf, DeleteTags, DeleteManifest }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var (manifest, tagOf, tag) = (scope.Manifest(repository, image), scope.TagOf(repository, image), scope.Tag(repository));
        switch ((At)me.At)
        {
            case At.ReadManifest:
                me.A = world.Read(manifest);
                var exists = me.A.Exists;
                if (exists) me.At = (byte)At.ScanTagsOf;
                else GiveUp(world);
                return new(ProtocolStep.ReadManifest, exists ? "found" : "404");
            case At.ScanTagsOf:
                me.B = world.Read(tagOf);
                me.At = (byte)(batches && me.B.Exists ? At.DeleteTags : At.DeleteManifest);
                return new(ProtocolStep.ScanTagsOf, me.B.Exists ? "tagged" : "not tagged");
            case At.DeleteTags:
                if (!DeletePair(world, me.B, tag)) return Again(ref me);
                me.B = default;
                me.At = (byte)At.DeleteManifest;
                return new(ProtocolStep.DeleteManifest, "tags deleted");
            default:
                if (!world.Matches(me.A, Mutation.ManifestDeleteWithoutETag)) return Again(ref me);
                if (me.B.Exists && !DeletePair(world, me.B, tag)) return Again(ref me);
                world.Delete(manifest);
                if (scope.Clock.Keep > 0) world.Put(scope.Deleted(repository, image));
                for (var index = 0; index < scope.Images.Length; index++)
                    if (scope.Images[index].Child == image) world.Orphaned |= (byte)(1 << index);
                GiveUp(world);
                return new(ProtocolStep.DeleteManifest, "202");
        }
    }

    /// <summary>An unchanged d: row proves that its t: row is unchanged.</summary>
    static bool DeletePair(World world, in Seen tagOf, int tag)
    {
        if (!world.Matches(tagOf, Mutation.PairDeleteWithoutETag) && !world.Scope.Has(Mutation.PairDeleteWithoutETag)) return false;
        if (!world[tag].Exists) return false;
        world.Delete(tagOf.Row - 1);
        world.Delete(tag);
        Reader.TagIsGone(world);
        return true;
    }

    static Action Again(ref Locals me)
    {
        me = default;
        return new(ProtocolStep.DeleteManifest, "412");
    }
}

/// <summary>
/// Retention deletes a manifest that has no tag and is in no index. The decision holds while the manifest is as it was when it
/// was read: a push of a tag or an index changes it.
/// </summary>
sealed class Retention(string name, int repository, int image) : Actor(name)
{
    enum At : byte { ReadManifest, ScanTagsOf, ScanManifests, DeleteManifest }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var manifest = scope.Manifest(repository, image);
        switch ((At)me.At)
        {
            case At.ReadManifest:
                me.A = world.Read(manifest);
                me.At = me.A.Exists ? (byte)At.ScanTagsOf : Ended;
                return new(ProtocolStep.ScanManifests, me.A.Exists ? "found" : "404");
            case At.ScanTagsOf:
                var tagged = world[scope.TagOf(repository, image)].Exists;
                me.At = tagged ? Ended : (byte)At.ScanManifests;
                return new(ProtocolStep.ScanTagsOf, tagged ? "tagged" : "not tagged");
            case At.ScanManifests:
                var needed = IsInIndex(world);
                me.At = needed ? Ended : (byte)At.DeleteManifest;
                return new(ProtocolStep.ScanManifests, needed ? "in an index" : "in no index");
            default:
                var matches = world.Matches(me.A, Mutation.RetentionWithoutETag);
                GiveUp(world);
                if (!matches) return new(ProtocolStep.DeleteManifest, "412");
                if (world[scope.TagOf(repository, image)].Exists) world.Break("Retention deletes a manifest that has been tagged since.");
                world.Delete(manifest);
                if (scope.Clock.Keep > 0) world.Put(scope.Deleted(repository, image));
                return new(ProtocolStep.DeleteManifest, "done");
        }
    }

    bool IsInIndex(World world)
    {
        for (var index = 0; index < world.Scope.Images.Length; index++)
            if (world.Scope.Images[index].Child == image && world[world.Scope.Manifest(repository, index)].Exists) return true;
        return false;
    }
}

/// <summary>Deletes a blob (BlobStore.DeleteAsync).</summary>
sealed class BlobDeleter(string name, int repository, int blob = 0) : Actor(name)
{
    enum At : byte { ReadLink, Scan, UnlinkBlob }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        var link = scope.Link(repository, blob);
        switch ((At)me.At)
        {
            case At.ReadLink:
                me.A = world.Read(link);
                var exists = me.A.Exists;
                if (exists) me.At = (byte)(scope.Has(Mutation.UnlinkWithoutScan) ? At.UnlinkBlob : At.Scan);
                else GiveUp(world);
                return new(ProtocolStep.ReadLinkForDelete, exists ? "found" : "404");
            case At.Scan:
                // Deleted manifests do not count: a client may delete their blobs.
                var scans = scope.Scans;
                while (scans[me.Next].Kind == Kind.Deleted) me.Next++;
                var (kind, image, _) = scans[me.Next];
                var needed = kind == Kind.Pending
                    ? !scope.Has(Mutation.PendingIsNotScanned) && Marks.ByPending(world, repository, blob)
                    : Marks.By(world, scope.Manifest(repository, image), image, blob);
                var last = ++me.Next == scans.Count || scans.Skip(me.Next).All(scan => scan.Kind == Kind.Deleted);
                if (needed) GiveUp(world);
                else if (last) (me.At, me.Next) = ((byte)At.UnlinkBlob, 0);
                return new(kind == Kind.Pending ? ProtocolStep.ScanPending : ProtocolStep.ScanManifests,
                    needed ? "needed: 405" : "not needed so far");
            default:
                if (!world.Matches(me.A, Mutation.UnlinkWithoutETag))
                {
                    me = default;
                    return new(ProtocolStep.UnlinkBlob, "412");
                }
                world.Delete(link);
                world.Excuse(link, true);
                GiveUp(world);
                return new(ProtocolStep.UnlinkBlob, "202");
        }
    }
}

/// <summary>
/// Pulls by tag (ManifestStore.FindAsync): it must find a manifest, unless the tag was missing at some moment since the
/// request.
/// </summary>
sealed class Reader(string name, int repository) : Actor(name)
{
    enum At : byte { ReadTag, ReadManifest }

    public static void TagIsGone(World world)
    {
        foreach (var reader in world.Scope.Actors.OfType<Reader>()) world.Of(reader).Marked = true;
    }

    public override int Choices(World world) => world.Of(this).At == Ended ? 0 : 1;

    public override Action Act(World world, int choice)
    {
        var scope = world.Scope;
        ref var me = ref world.Of(this);
        if ((At)me.At == At.ReadTag)
        {
            var tag = world.Read(scope.Tag(repository));
            if (!tag.Exists) return NotFound(world, ProtocolStep.ReadTag);
            (me.At, me.Next) = ((byte)At.ReadManifest, tag.Value);
            return new(ProtocolStep.ReadTag, scope.Images[tag.Value].Name);
        }
        if (world[scope.Manifest(repository, me.Next)].Exists)
        {
            GiveUp(world);
            return new(ProtocolStep.ReadManifest, "200");
        }
        if (scope.Has(Mutation.TagIsReadOnce)) return NotFound(world, ProtocolStep.ReadManifest);
        (me.At, me.Next) = (0, 0);
        return new(ProtocolStep.ReadManifest, "404: retry");
    }

    Action NotFound(World world, ProtocolStep step)
    {
        if (!world.Of(this).Marked) world.Break("A tag that existed all the time is not found.");
        GiveUp(world);
        return new(step, "404");
    }
}
