using System.Net;
using System.Text.Json;

namespace Registry.Tests.FaultInjection;

/// <summary>The outcome of a request, as far as its sender knows.</summary>
enum Outcome
{
    /// <summary>Acknowledged.</summary>
    Done,

    /// <summary>Refused by the registry with a reason (4xx): nothing was changed.</summary>
    Refused,

    /// <summary>No server was running.</summary>
    NotSent,

    /// <summary>No answer, or one that leaves the outcome open (5xx, 429).</summary>
    Unknown,
}

/// <summary>An answer, with its body.</summary>
sealed record Answer(Outcome Outcome, int Status, byte[] Body, string? Location, string? Digest, string? Range, string Server)
{
    public bool IsNotFound => Status == 404;

    /// <summary>The code and the message of an error; without an answer, the failure.</summary>
    public string Explain()
    {
        if (Outcome is Outcome.Done) return $"{Status}";
        try
        {
            var error = JsonDocument.Parse(Body).RootElement.GetProperty("errors")[0];
            return $"{Status} {error.GetProperty("code").GetString()} {error.GetProperty("message").GetString()}";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"{Status} {System.Text.Encoding.UTF8.GetString(Body)}";
        }
    }
}

/// <summary>Sends plain HTTP to any running server, as a client does.</summary>
sealed class SoakClient(RegistryServers servers, SoakOptions options, SoakReport report) : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Sends a request once.</summary>
    /// <param name="random">Chooses the server.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Path, from <c>/v2/</c> on.</param>
    /// <param name="body">Null for none.</param>
    /// <param name="contentType">Media type of the body.</param>
    /// <param name="contentRange">Range of a chunk: first and last byte.</param>
    /// <param name="cutAfter">Number of bytes after which the client disconnects; null for none.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Answer> SendAsync(
        Random random, HttpMethod method, string path, ReadOnlyMemory<byte>? body = null,
            string? contentType = null, string? contentRange = null, int? cutAfter = null, CancellationToken cancellationToken = default)
    {
        if (servers.Pick(random) is not { } address) return Failed(Outcome.NotSent, "no server", "-");
        var server = address.Authority;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ClientTimeout);
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        if (body is { } bytes)
        {
            request.Content = cutAfter is { } cut ? new BrokenContent(bytes, cut) : new ReadOnlyMemoryContent(bytes);
            if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            if (contentRange is not null) request.Content.Headers.TryAddWithoutValidation("Content-Range", contentRange);
        }
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, patience.Token);
            var content = await response.Content.ReadAsByteArrayAsync(patience.Token);
            var status = (int)response.StatusCode;
            var outcome = status < 400 ? Outcome.Done : status >= 500 || status == 429 ? Outcome.Unknown : Outcome.Refused;
            var answer = new Answer(
                outcome, status, content, response.Headers.Location?.ToString(),
                    Header(response, "Docker-Content-Digest"), Header(response, "Range"), server);
            if (status == 500) report.ReportUnexpected($"{method} {KindOf(path)}: {answer.Explain()}");
            return answer;
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            // Unknown even if no server listened: HttpClient itself repeats a request that an idle connection did not answer.
            return Failed(Outcome.Unknown, e is OperationCanceledException ? "no answer in time" : e.Message, server);
        }
    }

    public void Dispose() => _http.Dispose();

    static Answer Failed(Outcome outcome, string why, string server) =>
        new(outcome, 0, System.Text.Encoding.UTF8.GetBytes(why), null, null, null, server);

    static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values)
        ? values.First() : null;

    static string KindOf(string path) => path.Contains("/blobs/uploads/", StringComparison.Ordinal)
        ? "upload" : path.Contains("/blobs/", StringComparison.Ordinal) ? "blob" : "manifest";

    /// <summary>A body whose sender disconnects before its end.</summary>
    sealed class BrokenContent(ReadOnlyMemory<byte> bytes, int sent) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes[..sent]);
            await stream.FlushAsync();
            throw new IOException("The client has disconnected.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
