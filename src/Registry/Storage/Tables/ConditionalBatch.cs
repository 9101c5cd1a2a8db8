using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>
/// Actions of one partition that have nothing to do with each other, each with a condition of its own: sent together, as many as
/// a transaction takes, and those whose condition does not hold are left out.
/// </summary>
/// <param name="partition">Where.</param>
/// <param name="pretend">Whether nothing is to be done, as if everything went well.</param>
sealed class ConditionalBatch(Partition partition, bool pretend = false)
{
    readonly List<(TableTransactionAction Action, Action<bool> Done)> _waiting = [];

    /// <summary>Takes an action; it is done now or with one of the next, at the latest by <see cref="FlushAsync"/>.</summary>
    /// <param name="action">With a condition.</param>
    /// <param name="done">Is told whether it was done; if not, its row had changed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task AddAsync(TableTransactionAction action, Action<bool> done, CancellationToken cancellationToken)
    {
        _waiting.Add((action, done));
        if (_waiting.Count == Partition.MaxActions) await FlushAsync(cancellationToken);
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_waiting.Count > 0)
        {
            var conflict = pretend ? null : await partition.SubmitAsync(_waiting.Select(waiting => waiting.Action), cancellationToken);
            if (conflict is null)
            {
                foreach (var (_, done) in _waiting) done(true);
                _waiting.Clear();
            }
            else
            {
                // Where the storage does not say which, the first is as good as any: it is looked at again another time.
                var index = Math.Max(conflict.Value.Index, 0);
                _waiting[index].Done(false);
                _waiting.RemoveAt(index);
            }
        }
    }
}
