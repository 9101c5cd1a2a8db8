using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>
/// Independent actions on one partition, each with a condition of its own. They are sent together, up to the limit of a
/// transaction; an action whose condition fails is left out, and the others are sent again.
/// </summary>
/// <param name="partition">The partition that the actions change.</param>
/// <param name="dryRun">Whether to change nothing, and report every action as done.</param>
sealed class ConditionalBatch(Partition partition, bool dryRun = false)
{
    readonly List<(TableTransactionAction Action, Action<bool> Done)> _waiting = [];

    /// <summary>Adds an action. It is sent now or with a later one, at the latest by <see cref="FlushAsync"/>.</summary>
    /// <param name="action">An action with a condition.</param>
    /// <param name="done">Receives true when the action was done, false when its row had changed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task AddAsync(TableTransactionAction action, Action<bool> done, CancellationToken cancellationToken)
    {
        _waiting.Add((action, done));
        if (_waiting.Count == Partition.MaxActions) await FlushAsync(cancellationToken);
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_waiting.Count > 0)
        {
            var conflict = dryRun ? null : await partition.SubmitAsync(_waiting.Select(waiting => waiting.Action), cancellationToken);
            if (conflict is null)
            {
                foreach (var (_, done) in _waiting) done(true);
                _waiting.Clear();
            }
            else
            {
                // If the storage does not report which action failed, drop the first: the caller sees it as changed and looks at it later.
                var index = Math.Max(conflict.Value.Index, 0);
                _waiting[index].Done(false);
                _waiting.RemoveAt(index);
            }
        }
    }
}
