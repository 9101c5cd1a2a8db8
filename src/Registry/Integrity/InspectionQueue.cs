using System.Collections.Concurrent;

namespace Registry.Integrity;

/// <summary>Looks closely at one thing, with rows read for the purpose.</summary>
delegate Task<IReadOnlyList<Problem>> Examination(CancellationToken cancellationToken);

/// <summary>
/// What looked wrong in passing. A registry is at work meanwhile, so each is examined, later once more, and reported when it was
/// wrong in the same way both times; then it is repaired, and examined again.
/// </summary>
sealed class InspectionQueue(CheckContext context)
{
    const int BatchSize = 500;

    /// <summary>A repair may lay open what another one repairs; and others may be at work.</summary>
    const int MaxRepairs = 5;

    /// <summary>
    /// In Azure nobody sees half a transaction, and one examination were enough. Azurite does one action after the other, and
    /// shows what it has done so far.
    /// </summary>
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    readonly ConcurrentQueue<Examination> _waiting = new();

    public void Add(Examination examination) => _waiting.Enqueue(examination);

    /// <summary>Looks at those that wait, if they have become many.</summary>
    public Task FlushIfFullAsync(CancellationToken cancellationToken) =>
        _waiting.Count < BatchSize ? Task.CompletedTask : FlushAsync(cancellationToken);

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var guilty = new ConcurrentBag<(Examination Examination, IReadOnlyList<Problem> Problems)>();
        var batch = new List<Examination>();
        while (_waiting.TryDequeue(out var next)) batch.Add(next);
        await Parallel.ForEachAsync(batch, CheckContext.InParallel(cancellationToken), async (examination, cancel) =>
        {
            if (await examination(cancel) is { Count: > 0 } problems) guilty.Add((examination, problems));
        });
        if (guilty.IsEmpty) return;
        await Task.Delay(s_pause, context.Time, cancellationToken);
        await Parallel.ForEachAsync(guilty, CheckContext.InParallel(cancellationToken), async (case_, cancel) =>
        {
            var before = case_.Problems.Select(problem => problem.Finding.Key).ToHashSet();
            List<Problem> problems = [.. (await case_.Examination(cancel)).Where(problem => before.Contains(problem.Finding.Key))];
            if (!context.Options.Repair) problems.ForEach(problem => context.AddFinding(problem.Finding));
            else if (problems.Count > 0) await RepairAsync(case_.Examination, problems, cancel);
        });
    }

    async Task RepairAsync(Examination examination, List<Problem> problems, CancellationToken cancellationToken)
    {
        var all = problems.ToDictionary(problem => problem.Finding.Key, problem => problem.Finding);
        IReadOnlyList<Problem> left = problems;
        for (var round = 0; round < MaxRepairs && left.Any(problem => problem.RepairAsync is not null); round++)
        {
            foreach (var problem in left)
                if (problem.RepairAsync is { } repair) await repair(cancellationToken);
            left = await examination(cancellationToken);
            foreach (var problem in left) all[problem.Finding.Key] = problem.Finding;
        }
        foreach (var (key, finding) in all)
        {
            context.AddFinding(
                finding with { State = left.Any(problem => problem.Finding.Key == key) ? FindingState.Left : FindingState.Repaired });
        }
    }
}
