namespace Registry.Tests.Model;

/// <summary>What can be left out of the protocol or changed in it. Each must break a promise, or be shown to be needless.</summary>
enum Mutation
{
    // ETags left out: a write is done whether or not the row is as it was read.
    LinkDeleteWithoutETag,
    MarkWithoutETag,
    UnmarkWithoutETag,
    OwnerDeleteWithoutETag,
    ContentDeleteWithoutETag,
    SessionMarkWithoutETag,
    SessionDeleteWithoutETag,
    SessionExtendWithoutETag,
    SessionEndWithoutETag,
    PendingDeleteWithoutETag,
    ExpireWithoutETag,
    ManifestDeleteWithoutETag,
    PairDeleteWithoutETag,
    TagPutWithoutETag,
    TagDeleteWithoutETag,
    UnlinkWithoutETag,
    RetentionWithoutETag,

    // No grace: what nobody needs goes, however young it is.
    NoGraceForLinks,
    NoGraceForOwners,
    NoGraceForObjects,
    NoGraceForSessions,
    NoGraceForPending,
    NoGraceForStaged,

    // Touches left out.
    PutDoesNotTouch,
    TouchKeepsMark,
    HeadDoesNotUnmark,
    MountDoesNotTouchContent,
    RestoreDoesNotTouch,
    IndexDoesNotTouchChildren,

    // Another order.
    LinkBeforeOwning,
    LinkBeforeCommit,
    PutBeforeLink,
    ManifestsBeforePending,
    DeletedBeforeManifests,
    OwnersBeforeContent,
    ObjectWithoutReadingContentAgain,
    MountReadsBeforeOwning,
    UnlinkWithoutScan,
    PendingIsNotScanned,
    NowIsReadLate,
    DiscardWithoutMark,
    TagIsReadOnce,

    // The rest of it.
    NoDeadline,
    DeadlineAfterCommit,
    OneNamePerDigest,
    DeletedIsNotMarked,
    LargePutWithoutPending,
    MoveKeepsOldPair,
    CommitIsNotChecked,
    OldCommitIsTaken,
    DiscardOverwrites,
    StagedSweepTakesUncommitted,
    ChangedSessionIsForgotten,
}
