namespace Registry.Storage;

/// <summary>The usage that a sweep of one repository measures (<see cref="RepositoryUsage"/>).</summary>
sealed class MeasuredRepository
{
    public long Manifests { get; set; }

    public long Bytes { get; set; }

    public long UnreferencedBytes { get; set; }

    public long RestorableBytes { get; set; }

    public DateTimeOffset? LastPushed { get; set; }

    public string? LastPulled { get; set; }
}
