using System.IO.Pipelines;
using System.Net;
using Xunit;

namespace Registry.Tests.Functions;

/// <summary>A host that is ended during an upload, and a worker that is killed.</summary>
[Collection(FunctionsApp.Collection)]
public class WorkerProcessTests(FunctionsApp app)
{
    readonly string _name = TestRegistry.NewName();
    readonly byte[] _content = OciContent.RandomBytes(9_000_000);

    [Fact]
    public async Task Upload_that_is_running_at_sigterm_is_finished()
    {
        string closing;
        await using (var registry = await app.StartAsync())
        {
            var client = registry.Client;
            var location = await client.BeginUploadAsync(_name);
            await using var upload = new RunningUpload(client.BaseAddress!, location);
            await upload.SendAsync(_content.AsMemory(0, 4_500_000));
            var ended = registry.Process.SignalAsync("TERM");
            await registry.Process.WaitForOutputAsync("Running requests end");
            await upload.SendAsync(_content.AsMemory(4_500_000));
            using var answer = await upload.EndAsync();
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            closing = OciContent.Closing(answer.Headers.Location!.ToString(), OciContent.DigestOf(_content));
            Assert.Equal(0, await ended);
        }
        using var put = await app.Registry.Client.PutAsync(closing, null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    [Fact]
    public async Task Killed_worker_loses_what_was_not_acknowledged_and_the_host_starts_others_until_the_third_crash()
    {
        await using var registry = await app.StartAsync();
        var client = registry.Client;
        var digest = OciContent.DigestOf(_content);
        await client.PushBlobAsync(_name, _content);
        var location = await client.BeginUploadAsync(_name);
        await using (var upload = new RunningUpload(client.BaseAddress!, location))
        {
            await upload.SendAsync(_content.AsMemory(0, 4_500_000));
            await registry.KillWorkerAsync();
            using var failed = await upload.EndAsync();
            Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        }
        Assert.Equal(_content, await client.GetByteArrayAsync($"/v2/{_name}/blobs/{digest}"));
        using var status = await client.GetAsync(location);
        Assert.Equal("0-0", status.Headers.GetValues("Range").Single());
        using var put = await client.PutAsync(OciContent.Closing(location, digest), new ByteArrayContent(_content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        await registry.KillWorkerAsync();
        using var answer = await client.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await registry.KillWorkerAsync();
        await registry.Process.WaitForOutputAsync("The worker crashed 3 times, so the host ends.");
    }

    /// <summary>A PATCH whose body is sent as the test goes on.</summary>
    sealed class RunningUpload : IAsyncDisposable
    {
        readonly Pipe _body = new();
        // The body begins when the server asks for it, so what was sent has arrived.
        readonly HttpClient _client = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) });
        readonly Task<HttpResponseMessage> _answer;

        public RunningUpload(Uri address, string location)
        {
            var request = new HttpRequestMessage(HttpMethod.Patch, new Uri(address, location))
            {
                Content = new StreamContent(_body.Reader.AsStream()),
                Headers = { ExpectContinue = true, TransferEncodingChunked = true },
            };
            _answer = _client.SendAsync(request);
        }

        /// <summary>Waits until the connection has taken them, but for the last 64 KiB.</summary>
        public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _body.Writer.WriteAsync(bytes);

        public async Task<HttpResponseMessage> EndAsync()
        {
            await _body.Writer.CompleteAsync();
            return await _answer;
        }

        public ValueTask DisposeAsync()
        {
            _client.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
