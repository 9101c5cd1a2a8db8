using System.Runtime.CompilerServices;
using Azure.Data.Tables;

namespace Registry.Backup;

/// <summary>The rows of two partitions with the same key; one of them may be null.</summary>
readonly record struct RowPair(string Key, TableEntity? Source, TableEntity? Target);

/// <summary>Reads two lists of rows, both in the order of keys, side by side.</summary>
static class MergeJoin
{
    public static async IAsyncEnumerable<RowPair> ReadAsync(
        IAsyncEnumerable<TableEntity> sources,
        IAsyncEnumerable<TableEntity> targets,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var source = sources.GetAsyncEnumerator(cancellationToken);
        await using var target = targets.GetAsyncEnumerator(cancellationToken);
        var (moreSources, moreTargets) = (await source.MoveNextAsync(), await target.MoveNextAsync());
        while (moreSources || moreTargets)
        {
            var order = !moreSources ? 1 : !moreTargets ? -1 : string.CompareOrdinal(source.Current.RowKey, target.Current.RowKey);
            var (left, right) = (order <= 0 ? source.Current : null, order >= 0 ? target.Current : null);
            yield return new RowPair((left ?? right)!.RowKey, left, right);
            if (order <= 0) moreSources = await source.MoveNextAsync();
            if (order >= 0) moreTargets = await target.MoveNextAsync();
        }
    }
}
