using System.Diagnostics;
using System.Globalization;

namespace Registry.Tests.FaultInjection;

/// <summary>Pushes blobs in every way that clients use, and records since when each is acknowledged.</summary>
sealed class BlobPusher(string who, SoakContext context, Random random, IReadOnlyList<string> repositories)
{
    const int Attempts = 4;

    readonly Lock _lock = new();
    readonly Dictionary<(string Repository, string Digest), long> _promised = [];
    readonly Dictionary<(string Repository, string Digest), long> _deletedUntil = [];

    /// <summary>
    /// Whether the registry has recently acknowledged the blob, and no client requested its deletion. An acknowledgement holds
    /// for the grace period, counted from before the request.
    /// </summary>
    public bool IsPromised(string repository, string digest)
    {
        lock (_lock)
        {
            return _promised.TryGetValue((repository, digest), out var since) && Stopwatch.GetElapsedTime(since) < context.Options.Grace
                && !(_deletedUntil.TryGetValue((repository, digest), out var until) && Stopwatch.GetTimestamp() < until);
        }
    }

    /// <summary>Whether a client requested its deletion since then, or shortly before.</summary>
    public bool WasDeletedSince(string repository, string digest, long since)
    {
        lock (_lock) return _deletedUntil.TryGetValue((repository, digest), out var until) && until > since;
    }

    /// <summary>A deletion was requested; if its outcome is unknown, it may still happen.</summary>
    public void Forget(string repository, string digest)
    {
        lock (_lock)
        {
            _promised.Remove((repository, digest));
            _deletedUntil[(repository, digest)] = Stopwatch.GetTimestamp()
                + (long)(context.Options.LateWindow.TotalSeconds * Stopwatch.Frequency);
        }
    }

    /// <summary>Ensures that the repository has the blob.</summary>
    /// <returns>Whether the registry acknowledged it.</returns>
    public async Task<bool> EnsureAsync(string repository, PoolBlob blob, bool ask, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = Stopwatch.GetTimestamp();
            var answer = ask && attempt == 0 ? await HeadAsync(repository, blob) : null;
            if (answer?.Outcome != Outcome.Done) answer = await PushAsync(repository, blob);
            if (answer.Outcome == Outcome.Done)
            {
                lock (_lock) _promised[(repository, blob.Digest.ToString())] = began;
                return true;
            }
            await Task.Delay(Draw(100, 400 * (attempt + 1)), cancellationToken);
        }
        return false;
    }

    async Task<Answer> HeadAsync(string repository, PoolBlob blob)
    {
        var answer = await context.Client.SendAsync(Fork(), HttpMethod.Head, SoakContext.BlobPath(repository, blob.Digest.ToString()));
        return Note("HEAD blob", repository, blob, answer);
    }

    /// <summary>One of several ways to push; of several requests, the first failure decides.</summary>
    async Task<Answer> PushAsync(string repository, PoolBlob blob) => Draw(0, blob.Bytes.Length < 8 ? 4 : 8) switch
    {
        0 or 1 => Note("POST blob with digest", repository, blob,
            await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/?digest={blob.Digest}", blob.Bytes)),
        2 => await MountAsync(repository, blob, $"&from={Uri.EscapeDataString(repositories[Draw(0, repositories.Count)])}"),
        3 => await MountAsync(repository, blob, ""),
        4 or 5 => await UploadAsync(repository, blob, chunks: 0),
        6 => await UploadAsync(repository, blob, chunks: 1),
        _ => await UploadAsync(repository, blob, chunks: Draw(2, 5)),
    };

    async Task<Answer> MountAsync(string repository, PoolBlob blob, string from)
    {
        var answer = Note($"mount{(from.Length > 0 ? " from" : "")}",
            repository, blob, await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/?mount={blob.Digest}{from}", null));
        if (answer.Status != 202) return answer;
        // No repository has it: the answer begins an upload.
        context.Report.Count("mount: not found", "done");
        return await CloseAsync(repository, blob, answer.Location!, blob.Bytes, 0);
    }

    async Task<Answer> UploadAsync(string repository, PoolBlob blob, int chunks)
    {
        var announced = blob.Digest.Algorithm.Name != "sha256" && Draw(0, 2) == 0 ? $"?digest-algorithm={blob.Digest.Algorithm}" : "";
        var begun = Note("begin upload",
            repository, blob, await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/{announced}", null));
        if (begun.Outcome != Outcome.Done) return begun;
        var location = begun.Location!;
        if (chunks == 0) return await CloseAsync(repository, blob, location, blob.Bytes, 0);

        // Some send the last chunk with the closing PUT.
        var patched = Draw(0, 2) == 0 ? blob.Bytes.Length : Draw(2, blob.Bytes.Length + 1);
        var size = Math.Max(2, patched / chunks);
        var offset = 0;
        for (var failures = 0; offset < patched;)
        {
            var length = Math.Min(size, patched - offset);
            // A repeated chunk needs its range: the first one may still arrive.
            var range = chunks > 1 || failures > 0 ? Range(offset, length) : null;
            int? cut = length > 1 && Draw(0, 8) == 0 ? Draw(1, length) : null;
            var answer = Note(cut is null ? "PATCH" : "PATCH aborted",
                repository, blob, await SendAsync(HttpMethod.Patch, location, blob.Bytes.AsMemory(offset, length), range, cut));
            if (answer.Outcome == Outcome.Done)
            {
                (location, offset) = (answer.Location!, offset + length);
                continue;
            }
            if (++failures > 3) return answer;
            // Resumes at the offset that the registry returns.
            var status = Note("GET upload", repository, blob, await SendAsync(HttpMethod.Get, location, null));
            if (status.IsNotFound) return status;
            if (status.Outcome != Outcome.Done) continue;
            location = status.Location ?? location;
            // "0-0" means nothing or one byte, and no client here sends a single byte.
            offset = status.Range is "0-0" ? 0 : int.Parse(status.Range!.Split('-')[1], CultureInfo.InvariantCulture) + 1;
        }
        return await CloseAsync(repository, blob, location, blob.Bytes.AsMemory(offset), offset);
    }

    static string? Range(int offset, int length) => length == 0
        ? null : string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}");

    /// <summary>The closing PUT may be repeated, even if it succeeded.</summary>
    async Task<Answer> CloseAsync(string repository, PoolBlob blob, string location, ReadOnlyMemory<byte> rest, int offset)
    {
        var range = offset > 0 ? Range(offset, rest.Length) : null;
        var path = OciContent.Closing(location, blob.Digest.ToString());
        for (var attempt = 0; ; attempt++)
        {
            int? cut = rest.Length > 1 && Draw(0, 25) == 0 ? Draw(1, rest.Length) : null;
            var answer = Note(cut is null ? "PUT upload" : "PUT upload aborted",
                repository, blob, await SendAsync(HttpMethod.Put, path, rest, range, cut));
            if (answer.Outcome is Outcome.Done or Outcome.Refused || attempt == 2) return answer;
            await Task.Delay(Draw(50, 500));
        }
    }

    Task<Answer> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body, string? range = null, int? cut = null) =>
        context.Client.SendAsync(Fork(), method, path, body, "application/octet-stream", range, cut);

    Answer Note(string operation, string repository, PoolBlob blob, Answer answer)
    {
        context.Report.Count(operation, answer.Outcome switch { Outcome.Done => "done", Outcome.Refused => "refused", _ => "unknown" });
        context.History.Add($"{who} {operation} {repository} {blob.Digest} -> {answer.Explain()} ({answer.Server})",
            blob.Digest.ToString());
        if (answer.Status is 400 && answer.Explain().Contains("DIGEST_INVALID", StringComparison.Ordinal))
        {
            context.Report.ReportViolation(
                $"{who} {operation} of {blob.Digest} to {repository}: the received content has another digest: {answer.Explain()}",
                blob.Digest.ToString());
        }
        return answer;
    }

    /// <summary>Blobs are pushed concurrently, and <see cref="Random"/> is not thread-safe.</summary>
    Random Fork()
    {
        lock (random) return new Random(random.Next());
    }

    int Draw(int from, int to)
    {
        lock (random) return random.Next(from, to);
    }
}
