using System.Collections.Concurrent;
using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// When manifests were last pulled, to the day. Pulls are remembered in memory and written down together from time to time, once a
/// day for each manifest and process, so no pull waits for a write. A process that is killed forgets its latest.
/// </summary>
public sealed class PullRecords(StorageAccount account, TimeProvider time)
{
    /// <summary>Manifests that wait to be written down at the most; further pulls are forgotten until then.</summary>
    const int Remembered = 100_000;

    readonly ConcurrentDictionary<(RepositoryName Name, Digest Digest), DateOnly> _waiting = new();
    readonly ConcurrentDictionary<(RepositoryName Name, Digest Digest), DateOnly> _written = new();

    /// <summary>Remembers a pull: no transaction.</summary>
    public void Pulled(RepositoryName name, Digest digest)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (_written.TryGetValue((name, digest), out var day) && day == today) return;
        if (_waiting.Count < Remembered) _waiting[(name, digest)] = today;
    }

    /// <summary>Writes down what is remembered: one transaction for each 100 manifests of a repository.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_written.Count > Remembered) _written.Clear();
        foreach (var pulls in _waiting.ToArray().GroupBy(pull => pull.Key.Name))
        {
            var repository = account.Repository(pulls.Key);
            foreach (var some in pulls.Chunk(Partition.MaxActions))
            {
                await repository.SubmitUnconditionalAsync([.. some.Select(pull => Pull(repository, pull.Key.Digest, pull.Value))], cancellationToken);
                foreach (var pull in some)
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

    /// <summary>Part of a transaction in which a tag leaves a manifest: since when it may have none.</summary>
    internal static TableTransactionAction Untag(Partition repository, Digest digest, DateTimeOffset now)
    {
        var row = repository.Row(Layout.Use(digest));
        row[Columns.Untagged] = now;
        return Partition.PutColumns(row);
    }
}
