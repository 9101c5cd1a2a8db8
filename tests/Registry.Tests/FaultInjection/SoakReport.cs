using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Registry.Tests.FaultInjection;

/// <summary>A violated guarantee: content that is lost, wrong, or garbage.</summary>
/// <param name="What">A sentence.</param>
/// <param name="Evidence">What is known of its history.</param>
sealed record Violation(string What, IReadOnlyList<string> Evidence);

/// <summary>Operations, injected faults, and results.</summary>
sealed class SoakReport(SoakOptions options, History history, StorageTrace trace)
{
    const int MaxViolations = 25;

    readonly ConcurrentDictionary<(string Operation, string Outcome), int> _operations = new();
    readonly ConcurrentDictionary<string, long> _figures = new();
    readonly ConcurrentDictionary<string, int> _unexpectedAnswers = new();
    readonly ConcurrentQueue<Violation> _violations = new();

    public IReadOnlyCollection<Violation> Violations => _violations;

    /// <summary>The exception that ended the run, so that it proves nothing; null if it went to its end.</summary>
    public Exception? Failure { get; set; }

    public bool Passed => Failure is null && _violations.IsEmpty;

    /// <summary>Answers that a client should never get, and their number; not a loss.</summary>
    public IReadOnlyDictionary<string, int> UnexpectedAnswers => _unexpectedAnswers;

    public IReadOnlyDictionary<string, long> Figures => _figures;

    /// <summary>The longest time that the storage took for a change, from when it was forwarded.</summary>
    public TimeSpan LongestChange
    {
        get;
        set
        {
            field = value;
            Set("longest change in the storage, ms", (long)value.TotalMilliseconds);
        }
    }

    /// <summary>Whether the storage was as fast as the protocol assumes; if not, a loss proves nothing.</summary>
    public bool AssumptionHeld => LongestChange <= options.LongestChange;

    public void Count(string operation, string outcome) => _operations.AddOrUpdate((operation, outcome), 1, (_, count) => count + 1);

    public int CountOf(string operation, string outcome) => _operations.GetValueOrDefault((operation, outcome));

    /// <summary>Number of acknowledged operations whose names begin with and contain these texts.</summary>
    public int CountOfAll(string beginning, string holding) =>
        _operations.Where(pair => pair.Key.Outcome == "done" && pair.Key.Operation.StartsWith(beginning, StringComparison.Ordinal)
            && pair.Key.Operation.Contains(holding, StringComparison.Ordinal)).Sum(pair => pair.Value);

    public void Add(string figure, long value = 1) => _figures.AddOrUpdate(figure, value, (_, sum) => sum + value);

    public void Set(string figure, long value) => _figures[figure] = value;

    public void ReportUnexpected(string what) => _unexpectedAnswers.AddOrUpdate(what, 1, (_, count) => count + 1);

    /// <summary>Whether an error is due to an injected fault or an unavailable storage.</summary>
    public static bool IsExpectedOfStorage(string text) =>
        text.Contains("Azure.RequestFailedException", StringComparison.Ordinal)
            || text.Contains("TaskCanceledException", StringComparison.Ordinal)
        || text.Contains("storage account", StringComparison.Ordinal) || text.Contains("Retry failed after", StringComparison.Ordinal)
            || text.Contains("Azure.Data.Tables.TableTransactionFailedException", StringComparison.Ordinal);

    /// <summary>Records a violation with the history of its tags and digests.</summary>
    public void ReportViolation(string what, params IReadOnlyCollection<string> about)
    {
        Add("violations");
        if (_violations.Count >= MaxViolations) return;
        // Keys of tables, names of objects and URLs contain the digest, or only its hexadecimal part.
        var digests = about.Where(key => key.Contains(':', StringComparison.Ordinal))
            .Select(key => key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..]).ToList();
        var traced = digests.Count == 0 ? [] : trace.Find(digests, 120);
        var violation = new Violation(
            $"{History.Now()} {what}", ["client operations:", .. history.Find(about), "storage requests:", .. traced]);
        _violations.Enqueue(violation);
        Console.Error.WriteLine($"VIOLATION {violation.What}");
    }

    /// <summary>Tables in Markdown, for docs/design/reliability.md.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine("| event | count |").AppendLine("| --- | ---: |");
        foreach (var (name, value) in _figures.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {value:#,0} |");
        text.AppendLine().AppendLine("| operation | done | refused | no answer |").AppendLine("| --- | ---: | ---: | ---: |");
        foreach (var group in _operations.GroupBy(pair => pair.Key.Operation).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            int Of(params string[] outcomes) => group.Where(pair => outcomes.Contains(pair.Key.Outcome)).Sum(pair => pair.Value);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {group.Key} | {Of("done"):#,0} | {Of("refused"):#,0} | {Of("unknown"):#,0} |");
        }
        if (!_unexpectedAnswers.IsEmpty)
        {
            text.AppendLine().AppendLine("| unexpected answers | count |").AppendLine("| --- | ---: |");
            foreach (var (what, count) in _unexpectedAnswers)
                text.AppendLine(CultureInfo.InvariantCulture, $"| {what.ReplaceLineEndings(" ")} | {count:#,0} |");
        }
        return text.ToString();
    }

    /// <summary>Every violation with its evidence.</summary>
    public string ToEvidence()
    {
        var text = new StringBuilder();
        foreach (var violation in _violations)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"VIOLATION {violation.What}");
            foreach (var line in violation.Evidence) text.AppendLine(CultureInfo.InvariantCulture, $"    {line}");
        }
        var count = _figures.GetValueOrDefault("violations");
        if (!_violations.IsEmpty)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"(seed {options.Seed}, {count} violations, of which the first {_violations.Count} are shown)");
        }
        return text.ToString();
    }
}
