namespace Registry.Backup;

/// <summary>What became of something that was to be copied.</summary>
enum Copied
{
    Yes,

    /// <summary>It is not in the source, or not any more.</summary>
    Gone,

    /// <summary>Told as a problem.</summary>
    Failed,
}
