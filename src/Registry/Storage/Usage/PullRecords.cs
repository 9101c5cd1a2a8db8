using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// When manifests were last pulled, to the day. Pulls are collected in memory and written in batches from time to time, once a day
/// for each manifest and process, so no pull waits for a write. A process that is killed loses its latest pulls.
/// </summary>
public sealed class PullRecords(StorageAccount account, TimeProvider time)
{
    /// <summary>Maximum number of manifests that wait to be written; further pulls are lost until the next write.</summary>
    const int MaxWaiting = 100_000;

    readonly ConcurrentDictionary<(RepositoryName Name, Digest Digest), DateOnly> _waiting = new();
    readonly ConcurrentDictionary<(RepositoryName Name, Digest Digest), DateOnly> _written = new();

    /// <summary>Records a pull in memory: no transaction.</summary>
    public void Pulled(RepositoryName name, Digest digest)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (_written.TryGetValue((name, digest), out var day) && day == today) return;
        if (_waiting.Count < MaxWaiting) _waiting[(name, digest)] = today;
    }

    /// <summary>Writes the recorded pulls: one transaction for each 100 manifests of a repository.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_written.Count > MaxWaiting) _written.Clear();
        foreach (var pulls in _waiting.ToArray().GroupBy(pull => pull.Key.Name))
        {
            var repository = account.Repository(pulls.Key);
            foreach (var batch in pulls.Chunk(Partition.MaxActions))
            {
                var actions = batch.Select(pull => Pull(repository, pull.Key.Digest, pull.Value));
                await repository.SubmitUnconditionalAsync([.. actions], cancellationToken);
                foreach (var pull in batch)
                {
                    _written[pull.Key] = pull.Value;
                    _waiting.TryRemove(pull);
                }
            }
        }
    }

    static TableTransactionAction Pull(Partition repository, Digest digest, DateOnly day)
    {
        var row = repository.Row(Layout.Use(digest));
        row[Columns.Pulled] = day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Partition.PutColumns(row);
    }

    /// <summary>An action for the transaction that takes a tag from a manifest: records when the manifest last lost a tag.</summary>
    internal static TableTransactionAction Untag(Partition repository, Digest digest, DateTimeOffset now)
    {
        var row = repository.Row(Layout.Use(digest));
        row[Columns.Untagged] = now;
        return Partition.PutColumns(row);
    }
}
