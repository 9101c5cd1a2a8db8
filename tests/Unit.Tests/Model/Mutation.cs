namespace Registry.Tests.Model;

/// <summary>
/// What can be left out of the protocol or changed in it. Each mutation must violate an invariant, or be proven needless.
/// </summary>
enum Mutation
{
    // Without ETags: a write succeeds even if the row has changed since it was read.
    LinkDeleteWithoutETag,
    MarkWithoutETag,
    UnmarkWithoutETag,
    OwnerDeleteWithoutETag,
    ContentDeleteWithoutETag,
    SessionMarkWithoutETag,
    SessionDeleteWithoutETag,
    SessionExtendWithoutETag,
    SessionEndWithoutETag,
    SessionIsOverwritten,
    PendingDeleteWithoutETag,
    ExpireWithoutETag,
    ManifestDeleteWithoutETag,
    PairDeleteWithoutETag,
    TagPutWithoutETag,
    TagDeleteWithoutETag,
    UnlinkWithoutETag,
    RetentionWithoutETag,

    // Without a grace period: garbage is removed however young it is.
    NoGraceForLinks,
    NoGraceForOwners,
    NoGraceForObjects,
    NoGraceForSessions,
    NoGraceForPending,
    NoGraceForStaged,

    // Without touches.
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

    // Others.
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

    // Sessions without a row.
    NoDeadlineForFirstChunk,
    LocationNeverExpires,
    CancelDeletesSession,
}
