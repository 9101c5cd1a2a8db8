using System.Net.Sockets;
using System.Text;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Storage;

/// <summary>Allocations are counted for the whole process, so these tests run alone.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>
/// Bytes allocated per request, from the socket to the storage and back: docs/design/performance.md has the figures.
/// </summary>
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests(ITestOutputHelper output) : IAsyncLifetime
{
    static readonly Tag s_tag = Tag.TryParse("v1", out var tag) ? tag : throw new InvalidOperationException();
    static readonly byte[] s_layer = OciContent.RandomBytes(1000);

    readonly string _name = TestRegistry.NewName();
    TestRegistry _registry = null!;
    string _digest = "";

    public async Task InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _digest = OciContent.DigestOf(await _registry.Client.PushImageAsync(_name, "v1", s_layer));
    }

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    /// <summary>In addition to what the Azure SDK allocates to read the one row that each of them needs.</summary>
    [Theory]
    [InlineData("GET", "manifests/v1", 6000)]
    [InlineData("GET", "manifests/{digest}", 6000)]
    [InlineData("HEAD", "manifests/v1", 6000)]
    [InlineData("HEAD", "blobs/{layer}", 6000)]
    [InlineData("GET", "referrers/{digest}", 9000)]
    public async Task A_request_allocates_little(string method, string path, int most)
    {
        path = path.Replace("{digest}", _digest, StringComparison.Ordinal)
            .Replace("{layer}", OciContent.DigestOf(s_layer), StringComparison.Ordinal);
        using var client = new AllocationFreeClient(_registry, method, $"/v2/{_name}/{path}");
        var repository = _registry.Get<StorageAccount>().Repository(RepositoryName.Parse(_name));
        var read = await MeasureAsync(() => repository.ReadAsync(Layout.Tag(s_tag),
            [Columns.Digest, Columns.MediaType, Columns.Size], CancellationToken.None));
        var whole = await MeasureAsync(client.SendAsync);
        output.WriteLine($"{method} {path}: {whole} bytes, {read} of them to read a row");
        Assert.InRange(whole - read, 100, most);
    }

    /// <summary>
    /// Objects over 85,000 bytes go to the large object heap, which is collected late: buffers are pooled, and nothing else is
    /// as large.
    /// </summary>
    [Fact]
    public async Task Large_objects_do_not_grow_with_requests()
    {
        var before = await RunAsync();
        for (var i = 0; i < 3; i++) Assert.InRange(await RunAsync() - before, long.MinValue, 2 << 20);

        async Task<long> RunAsync()
        {
            for (var i = 0; i < 5; i++)
            {
                var content = OciContent.RandomBytes(9 << 20);
                await _registry.Client.PushBlobAsync(_name, content);
                using var pull = await _registry.Client.GetAsync($"/v2/{_name}/blobs/{OciContent.DigestOf(content)}",
                    HttpCompletionOption.ResponseHeadersRead);
                await pull.Content.CopyToAsync(Stream.Null);
            }
            GC.Collect();
            return GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo[3].SizeAfterBytes;
        }
    }

    static async Task<long> MeasureAsync(Func<Task> request)
    {
        const int Count = 500;
        for (var i = 0; i < 300; i++) await request();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Count; i++) await request();
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Count;
    }

    /// <summary>Sends one request repeatedly without allocating: the answers differ only in their date.</summary>
    sealed class AllocationFreeClient : IDisposable
    {
        readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        readonly byte[] _request;
        readonly byte[] _answer = new byte[64 * 1024];
        int _length;

        public AllocationFreeClient(TestRegistry registry, string method, string path)
        {
            _request = Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {registry.Host}\r\nAccept: */*\r\n\r\n");
            _socket.Connect(registry.Address.Host, registry.Address.Port);
        }

        public async Task SendAsync()
        {
            await _socket.SendAsync(_request);
            if (_length > 0)
            {
                for (var received = 0; received < _length;) received += await _socket.ReceiveAsync(_answer.AsMemory(0, _length - received));
                return;
            }
            // The length of an answer is measured with the first: it is small, and arrives at once.
            await Task.Delay(500);
            _length = await _socket.ReceiveAsync(_answer);
            Assert.StartsWith("HTTP/1.1 200 OK", Encoding.ASCII.GetString(_answer), StringComparison.Ordinal);
        }

        public void Dispose() => _socket.Dispose();
    }
}
