namespace Registry.Backup;

/// <summary>Result of copying a blob or a manifest.</summary>
enum Copied
{
    Yes,

    /// <summary>It does not exist in the source, or no longer.</summary>
    Missing,

    /// <summary>It was reported as a problem.</summary>
    Failed,
}
