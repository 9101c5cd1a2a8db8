using System.Collections.Concurrent;

namespace Registry.Integrity;

/// <summary>Examines one suspect, with rows that are read for it.</summary>
delegate Task<IReadOnlyList<Problem>> Examination(CancellationToken cancellationToken);

/// <summary>
/// Suspects: what looked wrong during a scan. The registry may change meanwhile, so each suspect is examined, and examined again a
/// second later. What was wrong in the same way both times is reported, or repaired and examined once more.
/// </summary>
sealed class InspectionQueue(CheckContext context)
{
    const int BatchSize = 500;

    /// <summary>A repair may reveal another fault, and requests may change rows at the same time.</summary>
    const int MaxRepairs = 5;

    /// <summary>
    /// Pause before the second examination. Azure's transactions are atomic, so one examination would be enough there. Azurite runs
    /// the actions of a transaction one by one, and readers see its intermediate states.
    /// </summary>
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    readonly ConcurrentQueue<Examination> _waiting = new();

    public void Add(Examination examination) => _waiting.Enqueue(examination);

    /// <summary>Examines the waiting suspects if there are many.</summary>
    public Task FlushIfFullAsync(CancellationToken cancellationToken) =>
        _waiting.Count < BatchSize ? Task.CompletedTask : FlushAsync(cancellationToken);

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var faulty = new ConcurrentBag<(Examination Examination, IReadOnlyList<Problem> Problems)>();
        var batch = new List<Examination>();
        while (_waiting.TryDequeue(out var next)) batch.Add(next);
        await Parallel.ForEachAsync(batch, CheckContext.InParallel(cancellationToken), async (examination, cancel) =>
        {
            if (await examination(cancel) is { Count: > 0 } problems) faulty.Add((examination, problems));
        });
        if (faulty.IsEmpty) return;
        await Task.Delay(s_pause, context.Time, cancellationToken);
        await Parallel.ForEachAsync(faulty, CheckContext.InParallel(cancellationToken), async (suspect, cancel) =>
        {
            var before = suspect.Problems.Select(problem => problem.Finding.Key).ToHashSet();
            List<Problem> problems = [.. (await suspect.Examination(cancel)).Where(problem => before.Contains(problem.Finding.Key))];
            if (!context.Options.Repair) problems.ForEach(problem => context.AddFinding(problem.Finding));
            else if (problems.Count > 0) await RepairAsync(suspect.Examination, problems, cancel);
        });
    }

    async Task RepairAsync(Examination examination, List<Problem> problems, CancellationToken cancellationToken)
    {
        var all = problems.ToDictionary(problem => problem.Finding.Key, problem => problem.Finding);
        IReadOnlyList<Problem> remaining = problems;
        for (var round = 0; round < MaxRepairs && remaining.Any(problem => problem.RepairAsync is not null); round++)
        {
            foreach (var problem in remaining)
                if (problem.RepairAsync is { } repair) await repair(cancellationToken);
            remaining = await examination(cancellationToken);
            foreach (var problem in remaining) all[problem.Finding.Key] = problem.Finding;
        }
        foreach (var (key, finding) in all)
        {
            context.AddFinding(
                finding with { State = remaining.Any(problem => problem.Finding.Key == key) ? FindingState.Left : FindingState.Repaired });
        }
    }
}
