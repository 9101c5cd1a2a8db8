using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Registry.GarbageCollection;

/// <summary>Progress and result of a pass: what the collector has examined so far, and what it did with it.</summary>
/// <param name="began">When the pass started, by the storage's clock.</param>
/// <param name="dryRun">Whether the pass changes nothing.</param>
public sealed class CollectionReport(DateTimeOffset began, bool dryRun)
{
    readonly Lock _counting = new();
    readonly Dictionary<(CollectedKind Kind, Reason Reason), (long Count, long Bytes)> _counts = [];

    [JsonConstructor]
    public CollectionReport(
        DateTimeOffset began, bool dryRun, TimeSpan worked, bool complete, string? stopReason, IReadOnlyList<CollectionLine> lines)
        : this(began, dryRun)
    {
        ArgumentNullException.ThrowIfNull(lines);
        (Worked, Complete, StopReason) = (worked, complete, stopReason);
        foreach (var line in lines) _counts[(line.Kind, new Reason(line.Outcome, line.Reason))] = (line.Count, line.Bytes);
    }

    public DateTimeOffset Began { get; } = began;

    public bool DryRun { get; } = dryRun;

    /// <summary>Working time of all processes that worked on the pass.</summary>
    public TimeSpan Worked { get; internal set; }

    /// <summary>Whether the pass is complete; otherwise a collector resumes it.</summary>
    public bool Complete { get; internal set; }

    /// <summary>Why the pass is not complete; null when it is, or is in progress.</summary>
    public string? StopReason { get; internal set; }

    /// <summary>Counts by kind, outcome and reason, in a stable order.</summary>
    public IReadOnlyList<CollectionLine> Lines
    {
        get
        {
            lock (_counting)
            {
                return [.. _counts
                    .Select(pair => (pair.Key.Kind, pair.Key.Reason.Outcome, Why: pair.Key.Reason.Text, pair.Value.Count, pair.Value.Bytes))
                    .OrderBy(line => line.Kind).ThenBy(line => line.Outcome).ThenBy(line => line.Why, StringComparer.Ordinal)
                    .Select(line => new CollectionLine(line.Kind, line.Outcome, line.Why, line.Count, line.Bytes))];
            }
        }
    }

    /// <summary>Bytes of the objects that were deleted, or would be in a dry run.</summary>
    public long FreedBytes =>
        Lines.Where(line => line is { Kind: CollectedKind.BlobObject or CollectedKind.StagedObject, Outcome: Outcome.Removed })
            .Sum(line => line.Bytes);

    /// <summary>Bytes of blobs that repositories link and no manifest references; a blob counts once for each repository.</summary>
    public long MarkedForDeletionBytes =>
        Lines
            .Where(line => line.Kind == CollectedKind.Link)
            .Where(line => line.Outcome == Outcome.MarkedForDeletion || line.Reason == Reason.InGrace.Text)
            .Sum(line => line.Bytes);

    /// <summary>Bytes of the objects that remain after the pass.</summary>
    public long StoredBytes =>
        Lines.Where(line => line is { Kind: CollectedKind.BlobObject, Outcome: not Outcome.Removed }).Sum(line => line.Bytes);

    public long Count(CollectedKind kind, Outcome outcome) =>
        Lines.Where(line => line.Kind == kind && line.Outcome == outcome).Sum(line => line.Count);

    internal void Add(CollectionDecision decision)
    {
        lock (_counting)
        {
            var (count, bytes) = _counts.GetValueOrDefault((decision.Kind, decision.Reason));
            _counts[(decision.Kind, decision.Reason)] = (count + 1, bytes + decision.Bytes);
        }
    }

    /// <summary>The report as text for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        var dryRun = DryRun ? " (dry run: nothing was changed)" : "";
        var outcome = Complete ? "complete" : $"not complete: {StopReason ?? "in progress"}";
        text.Append(culture, $"Collector pass started at {Began:yyyy-MM-dd HH:mm:ss} UTC{dryRun}, ");
        text.AppendLine(culture, $"{outcome}, {Worked.TotalSeconds:0.0} s of work.");
        foreach (var line in Lines)
        {
            var bytes = line.Bytes > 0 ? Describe(line.Bytes) : "";
            text.AppendLine(culture, $"  {line.Kind,-12} {line.Outcome,-17} {line.Count,12:N0}  {bytes,10}  {line.Reason}");
        }
        text.Append(culture, $"{(DryRun ? "Would free" : "Freed")} {Describe(FreedBytes)}; ");
        text.Append(culture, $"{Describe(MarkedForDeletionBytes)} more are unreferenced and can be freed after the grace period.");
        return text.ToString();
    }

    static string Describe(long bytes)
    {
        double size = bytes;
        foreach (var unit in new[] { "B", "KiB", "MiB", "GiB" })
        {
            if (size < 1024) return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} {unit}");
            size /= 1024;
        }
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.#} TiB");
    }
}

/// <summary>A count of one kind with the same outcome and reason.</summary>
/// <param name="Kind">Kind of the things counted.</param>
/// <param name="Outcome">Their outcome.</param>
/// <param name="Reason">Text of the reason.</param>
/// <param name="Count">Their number.</param>
/// <param name="Bytes">Size of their content in bytes, where it is known.</param>
public sealed record CollectionLine(CollectedKind Kind, Outcome Outcome, string Reason, long Count, long Bytes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CollectionReport))]
public sealed partial class CollectionJson : JsonSerializerContext;
