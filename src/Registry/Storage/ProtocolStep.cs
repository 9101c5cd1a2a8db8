namespace Registry.Storage;

/// <summary>
/// The steps of the storage protocol. Each is one atomic request to the storage; other requests may run between any two steps.
/// The model of the protocol (docs/design/protocol.md) is made of the same steps.
/// </summary>
enum ProtocolStep
{
    /// <summary>Reads <c>u:</c>; expired when it is older than half the grace period, or marked for deletion.</summary>
    ReadSession,

    /// <summary>Stages blocks, which are invisible until they are committed.</summary>
    StageBlocks,

    /// <summary>Acknowledges a chunk: inserts <c>u:</c>, or replaces it if it is unchanged.</summary>
    ExtendSession,

    /// <summary>Ends a session without a blob: inserts <c>u:</c>, or replaces it if it is unchanged.</summary>
    CancelSession,

    /// <summary>Commits a session's blocks in <c>uploads</c>, or finds them already committed.</summary>
    CommitStaged,

    /// <summary>Copies a session's object to its name by digest, or finds an earlier copy.</summary>
    CopyStaged,

    /// <summary>Writes an object under a unique name in <c>blobs</c>.</summary>
    CommitObject,

    /// <summary>Inserts the content row and the owner; when the content row exists, touches it and writes the owner.</summary>
    OwnContent,

    /// <summary>Reads the content row: which object is the blob.</summary>
    ReadContent,

    /// <summary>Writes <c>b:</c>, and finishes the session in the same transaction: inserts <c>u:</c>, or replaces it.</summary>
    LinkBlob,

    /// <summary>Reads <c>b:</c>.</summary>
    HeadLink,

    /// <summary>Clears <c>MarkedForDeletion</c>, for a HEAD of a principal that may push.</summary>
    UnmarkLinkOnHead,

    /// <summary>Writes <c>p:</c>, which contains the references of a large manifest.</summary>
    WritePending,

    /// <summary>Touches references of a large manifest, as many as fit one transaction.</summary>
    TouchReferences,

    /// <summary>
    /// The transaction of a push: touches references; writes <c>m:</c>, <c>t:</c>, <c>d:</c> and <c>r:</c>; deletes <c>p:</c> or <c>x:</c>.
    /// </summary>
    PutManifest,

    /// <summary>Reads <c>t:</c>.</summary>
    ReadTag,

    /// <summary>Reads <c>m:</c>.</summary>
    ReadManifest,

    /// <summary>Reads the <c>d:</c> rows of a manifest.</summary>
    ScanTagsOf,

    /// <summary>Deletes <c>t:</c> and <c>d:</c>, and writes <c>x:</c>.</summary>
    DeleteTag,

    /// <summary>Deletes <c>d:</c> and <c>t:</c> in pairs, <c>r:</c> and <c>m:</c>, and writes <c>x:</c>.</summary>
    DeleteManifest,

    /// <summary>Reads <c>x:</c>, to restore it.</summary>
    ReadDeleted,

    /// <summary>Reads <c>b:</c>, to delete it for a client.</summary>
    ReadLinkForDelete,

    /// <summary>Reads the <c>p:</c> rows of a repository.</summary>
    ScanPending,

    /// <summary>Reads the <c>m:</c> rows of a repository.</summary>
    ScanManifests,

    /// <summary>Reads the <c>x:</c> rows of a repository.</summary>
    ScanDeleted,

    /// <summary>Reads the <c>b:</c> rows of a repository.</summary>
    ScanLinks,

    /// <summary>Deletes <c>b:</c> for a client, if it is unchanged.</summary>
    UnlinkBlob,

    /// <summary>Marks an expired session for deletion: from then on every other request treats it as deleted.</summary>
    MarkSessionForDeletion,

    /// <summary>Discards what a session staged.</summary>
    DiscardStaged,

    /// <summary>Deletes <c>u:</c> of a session that was finished or cancelled long ago, or marked for deletion.</summary>
    DeleteSession,

    /// <summary>Deletes <c>p:</c> of a push that failed, or that is older than the grace period.</summary>
    DeletePending,

    /// <summary>Deletes an <c>x:</c> whose retention has ended.</summary>
    ExpireDeleted,

    /// <summary>Clears <c>MarkedForDeletion</c> of a link that a manifest needs.</summary>
    UnmarkLink,

    /// <summary>Marks a link that no manifest needs for deletion.</summary>
    MarkLinkForDeletion,

    /// <summary>Deletes a link that no manifest needs and that was marked for deletion longer ago than the grace period.</summary>
    DeleteLink,

    /// <summary>Reads the owner rows of a digest.</summary>
    ReadOwners,

    /// <summary>Deletes an owner that has no link and is older than the grace period.</summary>
    DeleteOwner,

    /// <summary>Deletes a content row without owners.</summary>
    DeleteContent,

    /// <summary>Lists the objects in <c>blobs</c>.</summary>
    ListObjects,

    /// <summary>Discards blocks in <c>blobs</c> that were never committed.</summary>
    DiscardUncommitted,

    /// <summary>Deletes an object that the content row does not name and that is older than the grace period.</summary>
    DeleteObject,

    /// <summary>Lists the objects in <c>uploads</c>.</summary>
    ListStaged,

    /// <summary>
    /// Deletes an object in <c>uploads</c> that was committed longer ago than the grace period, or blocks without a session.
    /// </summary>
    DeleteStaged,
}

/// <summary>Marks the method that sends the storage request of a step.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
sealed class ProtocolStepAttribute(ProtocolStep step) : Attribute
{
    public ProtocolStep Step => step;
}
