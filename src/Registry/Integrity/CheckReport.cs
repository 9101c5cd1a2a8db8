using System.Globalization;

namespace Registry.Integrity;

/// <summary>What a check has examined and found.</summary>
public sealed class CheckReport
{
    readonly Lock _counting = new();

    public long Repositories { get; private set; }

    public long Manifests { get; private set; }

    public long Tags { get; private set; }

    public long Referrers { get; private set; }

    public long Links { get; private set; }

    /// <summary>Digests that have a content row.</summary>
    public long Contents { get; private set; }

    public long Objects { get; private set; }

    public long ObjectBytes { get; private set; }

    /// <summary>Objects that no content row names, of uploads that were interrupted or lost a race. The collector deletes them.</summary>
    public long UnnamedObjects { get; private set; }

    public long UnnamedBytes { get; private set; }

    /// <summary>Owners without a link to the content. The collector deletes them.</summary>
    public long OwnersWithoutLink { get; private set; }

    /// <summary>Bytes that were read and hashed, without those of manifests.</summary>
    public long HashedBytes { get; private set; }

    /// <summary>Findings that are not warnings, including repaired ones.</summary>
    public long Findings { get; private set; }

    public long Repaired { get; private set; }

    /// <summary>Findings that were not repaired.</summary>
    public long Left => Findings - Repaired;

    public long Warnings { get; private set; }

    public bool IsSound => Left == 0;

    internal void Count(Action<CheckReport> add)
    {
        lock (_counting) add(this);
    }

    internal void AddRepository() => Repositories++;

    internal void AddManifest() => Manifests++;

    internal void AddTag() => Tags++;

    internal void AddReferrer() => Referrers++;

    internal void AddLink() => Links++;

    internal void AddContent() => Contents++;

    internal void AddObject(long bytes, bool named)
    {
        Objects++;
        ObjectBytes += bytes;
        if (named) return;
        UnnamedObjects++;
        UnnamedBytes += bytes;
    }

    internal void AddOwners(long count) => OwnersWithoutLink = Math.Max(0, OwnersWithoutLink + count);

    internal void AddHashed(long bytes) => HashedBytes += bytes;

    internal void Add(Finding finding)
    {
        if (finding.IsWarning && finding.State != FindingState.Repaired)
        {
            Warnings++;
            return;
        }
        Findings++;
        if (finding.State == FindingState.Repaired) Repaired++;
    }

    /// <summary>The report as text for people.</summary>
    public override string ToString()
    {
        var culture = CultureInfo.InvariantCulture;
        var verdict = IsSound
            ? Repaired > 0 ? string.Create(culture, $"The registry is sound now: {Repaired:N0} repaired.") : "The registry is sound."
            : string.Create(culture, $"The registry is not sound: {Findings:N0} found, {Repaired:N0} repaired, {Left:N0} left.");
        var unnamed = string.Create(culture, $"{UnnamedObjects:N0} unreferenced objects of {UnnamedBytes:N0} bytes");
        return string.Create(culture, $"""
            {Repositories:N0} repositories, {Manifests:N0} manifests, {Tags:N0} tags, {Referrers:N0} referrers, {Links:N0} links to blobs
            {Contents:N0} digests, {Objects:N0} objects of {ObjectBytes:N0} bytes, {HashedBytes:N0} of them hashed
            left to the collector: {unnamed}, {OwnersWithoutLink:N0} owners without a link
            {Warnings:N0} warnings. {verdict}
            """);
    }
}
