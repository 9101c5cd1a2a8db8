namespace Registry.Tests.Model;

/// <summary>Where each mutation is detected.</summary>
static class Mutations
{
    const string TwoPushes = "two pushes of one blob, to two repositories";
    const string MeetsCollection = "a push that meets what is being collected";
    const string Head = "a push that uploads nothing because HEAD found the blob";
    const string MountOfDeleted = "a mount of what is being deleted";
    const string PushAndDelete = "a push and a delete of its blob";
    const string LargePush = "a large push and a delete of its blob";
    const string TagMoves = "pushes that move a tag, and deletes";
    const string Restored = "a manifest is deleted, restored and collected";
    const string NotKept = "a manifest is deleted without being kept, and pushed again";
    const string Streamed = "an upload in blocks that takes long";
    const string Chunks = "an upload in chunks";
    const string SmallChunks = "a small upload in chunks";
    const string OneLocation = "a location is used by several requests";
    const string ChunksCome = "a session is ended while chunks come";
    const string KeptAlive = "a session is kept alive after it was ended";

    const string NoObject = "names a missing object";
    const string NoBlob = "is readable and lacks a blob";
    const string NotRestored = "cannot be restored: it lacks a blob";
    const string GoneInGrace = "A blob is missing within the grace period of its acknowledgement";
    const string Disagree = "and the tag do not agree";
    const string SessionGone = "A session is deleted before it expires";
    const string ChunksGone = "The acknowledged chunks of a live session are missing";

    /// <summary>The scenario that detects it, and the invariant that it violates there.</summary>
    public static readonly Dictionary<Mutation, (string Scenario, string Promise)> Caught = new()
    {
        [Mutation.LinkDeleteWithoutETag] = (TwoPushes, NoBlob),
        [Mutation.OwnerDeleteWithoutETag] = (MeetsCollection, NoObject),
        [Mutation.ContentDeleteWithoutETag] = (TwoPushes, NoObject),
        [Mutation.SessionMarkWithoutETag] = (Chunks, SessionGone),
        [Mutation.SessionExtendWithoutETag] = (ChunksCome, "An acknowledged chunk is not in the session"),
        [Mutation.SessionEndWithoutETag] = (ChunksCome, "An acknowledged chunk is not in the blob"),
        [Mutation.SessionIsOverwritten] = (OneLocation, "after it has ended"),
        [Mutation.ExpireWithoutETag] = (Restored, "A deleted manifest is not restorable for the promised time"),
        [Mutation.ManifestDeleteWithoutETag] = (TagMoves, "A tag is listed and does not resolve"),
        [Mutation.PairDeleteWithoutETag] = (TagMoves, Disagree),
        [Mutation.TagPutWithoutETag] = (TagMoves, Disagree),
        [Mutation.UnlinkWithoutETag] = (PushAndDelete, NoBlob),
        [Mutation.RetentionWithoutETag] = ("retention, while its manifest is tagged and put into an index",
            "lacks a child that no client has deleted since"),

        [Mutation.NoGraceForLinks] = (TwoPushes, GoneInGrace),
        [Mutation.NoGraceForOwners] = (TwoPushes, NoObject),
        [Mutation.NoGraceForObjects] = (TwoPushes, NoObject),
        [Mutation.NoGraceForSessions] = (Chunks, SessionGone),
        [Mutation.NoGraceForPending] = (LargePush, "A push that stored nothing was answered with 201"),
        [Mutation.NoGraceForStaged] = (Chunks, ChunksGone),

        [Mutation.PutDoesNotTouch] = (TwoPushes, NoBlob),
        [Mutation.HeadDoesNotUnmark] = (Head, GoneInGrace),
        [Mutation.MountDoesNotTouchContent] = (MountOfDeleted, NoObject),
        [Mutation.RestoreDoesNotTouch] = (Restored, NoBlob),
        [Mutation.IndexDoesNotTouchChildren] = ("an index and its child", "lacks a child that no client has deleted since"),

        [Mutation.LinkBeforeOwning] = (TwoPushes, NoObject),
        [Mutation.LinkBeforeCommit] = (TwoPushes, NoObject),
        [Mutation.PutBeforeLink] = (TwoPushes, NoBlob),
        [Mutation.ManifestsBeforePending] = (LargePush, NoBlob),
        [Mutation.DeletedBeforeManifests] = (Restored, NotRestored),
        [Mutation.OwnersBeforeContent] = (TwoPushes, NoObject),
        [Mutation.MountReadsBeforeOwning] = (MountOfDeleted, NoObject),
        [Mutation.UnlinkWithoutScan] = (PushAndDelete, NoBlob),
        [Mutation.PendingIsNotScanned] = (LargePush, NoBlob),
        [Mutation.NowIsReadLate] = (MeetsCollection, NoBlob),
        [Mutation.DiscardWithoutMark] = (Chunks, ChunksGone),
        [Mutation.TagIsReadOnce] = ("a pull while a tag moves and what it named is deleted",
            "A tag that existed all the time is not found"),

        [Mutation.NoDeadline] = (TwoPushes, NoObject),
        [Mutation.DeadlineAfterCommit] = (TwoPushes, NoObject),
        [Mutation.OneNamePerDigest] = (TwoPushes, NoObject),
        [Mutation.DeletedIsNotMarked] = (Restored, NotRestored),
        [Mutation.LargePutWithoutPending] = (LargePush, NoBlob),
        [Mutation.MoveKeepsOldPair] = (TagMoves, Disagree),
        [Mutation.CommitIsNotChecked] = (Streamed, NoObject),
        [Mutation.OldCommitIsTaken] = ("an upload in chunks", NoObject),
        [Mutation.DiscardOverwrites] = (Streamed, NoObject),
        [Mutation.StagedSweepTakesUncommitted] = (Chunks, ChunksGone),
        [Mutation.ChangedSessionIsForgotten] = (Chunks, ChunksGone),

        [Mutation.NoDeadlineForFirstChunk] = (Chunks, ChunksGone),
        [Mutation.LocationNeverExpires] = (OneLocation, "after it has ended"),
        [Mutation.CancelDeletesSession] = (OneLocation, "after it has ended"),
    };

    /// <summary>Rules that nothing depends on: the scenarios that come nearest to it, and why nothing breaks there.</summary>
    public static readonly Dictionary<Mutation, (string[] Scenarios, string Reason)> Needless = new()
    {
        [Mutation.MarkWithoutETag] = ([Head, Restored],
            "`MarkedForDeletion` alone deletes nothing. A collector deletes a link only if it was marked for longer than G, "
            + "and if none of the manifests that it has read since references the blob."),
        [Mutation.UnmarkWithoutETag] = ([Head, Restored], "It only makes a link live longer."),
        [Mutation.SessionDeleteWithoutETag] = ([Chunks, ChunksCome],
            "For every request a session that is marked for deletion is gone, so no request changes its row."),
        [Mutation.PendingDeleteWithoutETag] = ([LargePush],
            "The key of a `p:` row contains the id of its attempt, and the row is written once."),
        [Mutation.TagDeleteWithoutETag] = ([TagMoves],
            "The same transaction deletes `d:`, which exists only while the tag points to that manifest."),
        [Mutation.TouchKeepsMark] = ([Head, Restored, NotKept],
            "A touch also renews the Timestamp, and \"marked for deletion for longer than G\" is measured by that."),
        [Mutation.ObjectWithoutReadingContentAgain] = ([TwoPushes, MountOfDeleted, KeptAlive],
            "An object that was old when the sweep began has been named before, or never will be: its writer has given up since."),
    };
}
