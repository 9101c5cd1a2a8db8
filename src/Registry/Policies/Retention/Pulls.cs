namespace Registry.Policies;

/// <summary>Reads the records of pulls.</summary>
static class Pulls
{
    /// <summary>The latest possible time of the last pull: the end of the recorded day. Null for never.</summary>
    public static DateTimeOffset? At(RepositoryContents contents, HeldManifest manifest) =>
        manifest.Pulled is { } day ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).AddDays(1) : contents.PullsSince;

    /// <summary>Describes the last pull, such as <c>pulled 3 days ago</c>.</summary>
    public static FormattableString Describe(RepositoryContents contents, int number, DateTimeOffset now)
    {
        if (contents.Manifests[number].Pulled is { } day)
            return $"pulled {new Age(now - new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero))}";
        if (contents.PullsSince is { } since) return $"not pulled since {since:yyyy-MM-dd}, when records of pulls begin";
        return $"never pulled";
    }
}
