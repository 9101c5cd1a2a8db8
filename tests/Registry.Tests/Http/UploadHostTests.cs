using System.Buffers.Text;
using System.Net;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>
/// Uploads that begin at one host of the registry and continue at another on the same storage, where the client has no credentials:
/// the token in the session's location takes their place.
/// </summary>
public sealed class UploadHostTests : IAsyncLifetime
{
    readonly Clock _clock = new();
    TestRegistry _registry = null!;
    TestRegistry _uploads = null!;

    public async Task InitializeAsync()
    {
        _uploads = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.RobotMay("pull", "push", "delete"), _clock);
        _uploads.TakeUploads();
        _registry = await TestRegistry.StartAsync(options =>
        {
            options.Policy = TestPolicies.RobotMay("pull", "push", "delete");
            options.Uploads.Location = _uploads.Address;
        }, _clock);
        _registry.Client.DefaultRequestHeaders.Authorization = TestPolicies.Robot;
        foreach (var client in new[] { _registry.Client, _uploads.Client })
            client.DefaultRequestHeaders.UserAgent.ParseAdd("crane/0.20.7 go-containerregistry/0.20.7");
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _uploads.DisposeAsync();
    }

    [Fact]
    public async Task Session_begun_at_one_host_is_finished_at_the_other()
    {
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(100_000));
        var location = await BeginAsync(name);
        Assert.Equal(_uploads.Address.Authority, location.Authority);

        var next = await PatchAsync(location, content[..60_000]);
        using var asked = await _uploads.Client.GetAsync(next);
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        Assert.Equal("0-59999", asked.Headers.GetValues("Range").Single());
        next = await PatchAsync(new Uri(_uploads.Address, asked.Headers.Location!), content[60_000..]);
        using var put = await _uploads.Client.PutAsync($"{next}&digest={Uri.EscapeDataString(OciContent.DigestOf(content))}", null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        Assert.Equal(content, await _registry.Client.GetByteArrayAsync($"/v2/{name}/blobs/{OciContent.DigestOf(content)}"));
    }

    [Theory]
    [InlineData(true, "crane/v0.21.0 go-containerregistry/v0.21.0")]
    [InlineData(true, "cosign/v3.1.1 (linux; amd64) go-containerregistry/v0.20.7")]
    [InlineData(true, "containerd/2.1.9")]
    [InlineData(true, "buildkit/v0.25")]
    [InlineData(true, "docker/20.10.24 go/go1.19.8 os/linux arch/amd64 UpstreamClient(Docker-Client/20.10.24 \\(linux\\))")]
    [InlineData(true, "containers/5.23.1 (github.com/containers/image)")]
    [InlineData(true, "skopeo/1.9.3")]
    [InlineData(false, "oras/1.3.3")]
    [InlineData(false, "oras-go")]
    [InlineData(false, "Helm/4.0.0")]
    [InlineData(false, "notation/1.3.2")]
    [InlineData(false, "")]
    public async Task Only_clients_that_follow_locations_across_hosts_are_redirected(bool follows, string agent)
    {
        using var client = new HttpClient { BaseAddress = _registry.Address };
        client.DefaultRequestHeaders.Authorization = TestPolicies.Robot;
        if (agent.Length > 0) client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        var location = await client.BeginUploadAsync(TestRegistry.NewName());
        Assert.Equal(follows, location.StartsWith($"{_uploads.Address}v2/", StringComparison.Ordinal));
        Assert.Equal(!follows, location.StartsWith('/'));
    }

    /// <summary>Whatever the client calls itself: a relative location stays on the host that it called.</summary>
    [Fact]
    public async Task Answer_to_a_token_leads_back_to_the_upload_host()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        using var client = new HttpClient();
        using var patched = await client.PatchAsync(location, OciContent.Body([1]));
        Assert.StartsWith("/v2/", patched.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_may_continue_at_either_host()
    {
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(20_000));
        var location = await BeginAsync(name);
        var next = await PatchAsync(location, content[..10_000]);
        using var here = await _registry.Client.PatchAsync(next.PathAndQuery, OciContent.Body(content[10_000..]));
        Assert.Equal(HttpStatusCode.Accepted, here.StatusCode);
        Assert.Equal(_uploads.Address.Authority, here.Headers.Location!.Authority);
        using var put = await _uploads.Client.PutAsync($"{here.Headers.Location}&digest={OciContent.DigestOf(content)}", null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    [Fact]
    public async Task Upload_host_costs_no_additional_transactions()
    {
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(20_000));
        var location = await BeginAsync(name);
        var before = _uploads.Transactions;
        using var put = await _uploads.Client.PutAsync($"{location}&digest={OciContent.DigestOf(content)}", OciContent.Body(content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        // Object, content and owner, link and session: the same cost as at the registry (TransactionTests).
        Assert.Equal(3, _uploads.Transactions - before);
    }

    [Fact]
    public async Task Upload_host_refuses_requests_without_a_token()
    {
        var name = TestRegistry.NewName();
        var manifest = await _registry.Client.PutManifestAsync(name, "v1", OciContent.Index().ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, manifest.StatusCode);
        var location = await BeginAsync(name);
        var before = _uploads.Transactions;
        foreach (var (method, path) in new[]
        {
            ("PATCH", location.AbsolutePath), ("PUT", location.AbsolutePath),
                ("GET", location.AbsolutePath), ("DELETE", location.AbsolutePath),
            ("POST", $"/v2/{name}/blobs/uploads/"), ("GET", $"/v2/{name}/manifests/v1"),
                ("HEAD", $"/v2/{name}/manifests/v1"), ("DELETE", $"/v2/{name}/manifests/v1"),
            ("PUT", $"/v2/{name}/manifests/v2"), ("GET", $"/v2/{name}/tags/list"), ("GET", "/v2/_catalog"),
            // A token authorizes its session only.
            ("GET", $"/v2/{name}/manifests/v1{location.Query}"), ("POST", $"/v2/{name}/blobs/uploads/{location.Query}"),
        })
        {
            using var refused = await _uploads.Client.SendAsync(new(new(method), path));
            if (method != "HEAD") await refused.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
            else Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }
        Assert.Equal(before, _uploads.Transactions);
    }

    // S8 (docs/design/hardening.md)
    [Fact]
    public async Task Token_authorizes_nothing_that_the_identity_may_no_longer_do()
    {
        var name = TestRegistry.NewName();
        var location = await BeginAsync(name);
        location = await PatchAsync(location, [1]);
        foreach (var policy in new[]
        {
            TestPolicies.RobotMay("pull"), TestPolicies.RobotMay("pull", "push").Replace("tests", "others", StringComparison.Ordinal),
        })
        {
            await using var changed = await TestRegistry.StartAsync(options => options.Policy = policy, _clock);
            foreach (var method in new[] { "GET", "PATCH", "PUT", "DELETE" })
            {
                using var refused = await changed.Client.SendAsync(new(new(method), location.PathAndQuery));
                await refused.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
            }
        }
        await PatchAsync(location, [2]);
    }

    [Fact]
    public async Task Session_is_finished_after_the_credentials_with_which_it_began_have_expired()
    {
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(1_000));
        using var client = new HttpClient { BaseAddress = _registry.Address };
        client.DefaultRequestHeaders.Authorization = TestPolicies.Robot;
        var token = await client.GetJsonAsync($"/v2/token?scope=repository:{name}:push");
        client.DefaultRequestHeaders.Authorization = new("Bearer", (string)token["token"]!);
        var location = await client.BeginUploadAsync(name);
        _clock.Offset = TimeSpan.FromMinutes(6);
        using (var expired = await client.PostAsync($"/v2/{name}/blobs/uploads/", null))
            await expired.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
        using var put = await client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)), OciContent.Body(content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("!*'()")]
    [InlineData("%00%ff")]
    [InlineData("%C3%A9&token=x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Forged_token_is_refused(string token)
    {
        var location = await BeginAsync(TestRegistry.NewName());
        await AssertClosedAsync($"{location.GetLeftPart(UriPartial.Path)}?token={token}");
    }

    [Fact]
    public async Task Token_with_any_byte_changed_is_refused()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        var token = Base64Url.DecodeFromChars(location.Query.AsSpan("?token=".Length));
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToArray();
            changed[i] ^= 1;
            using var asked = await _uploads.Client.GetAsync(
                $"{location.GetLeftPart(UriPartial.Path)}?token={Base64Url.EncodeToString(changed)}");
            Assert.Equal((i, HttpStatusCode.Unauthorized), (i, asked.StatusCode));
        }
    }

    [Fact]
    public async Task Token_of_another_session_or_repository_is_refused()
    {
        var (mine, theirs) = (TestRegistry.NewName(), TestRegistry.NewName());
        var (location, other) = (await BeginAsync(mine), await BeginAsync(mine));
        await AssertClosedAsync($"{other.GetLeftPart(UriPartial.Path)}{location.Query}");
        await AssertClosedAsync(location.ToString().Replace(mine, theirs, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Token_expires()
    {
        var content = OciContent.RandomBytes(1_000);
        var location = await BeginAsync(TestRegistry.NewName());
        _clock.Offset = TimeSpan.FromMinutes(59);
        var next = await PatchAsync(location, content);
        _clock.Offset = TimeSpan.FromMinutes(61);
        await AssertClosedAsync(location.ToString());
        // The token of the last answer is younger.
        using var put = await _uploads.Client.PutAsync($"{next}&digest={OciContent.DigestOf(content)}", null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    /// <summary>Later, the row with which another request ended the session may have been collected.</summary>
    [Theory]
    [InlineData(17, HttpStatusCode.Created)]
    [InlineData(19, HttpStatusCode.NotFound)]
    public async Task Body_that_takes_most_of_the_grace_period_does_not_begin_a_session(int hours, HttpStatusCode expected)
    {
        var content = OciContent.RandomBytes(100_000);
        var location = await BeginAsync(TestRegistry.NewName());
        using var body = new StreamContent(new HeldStream(content, () => _clock.Offset = TimeSpan.FromHours(hours)));
        using var put = await _uploads.Client.PutAsync($"{location}&digest={OciContent.DigestOf(content)}", body);
        Assert.Equal(expected, put.StatusCode);
    }

    [Fact]
    public async Task Principal_that_may_push_gets_a_new_token_from_the_registry()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        _clock.Offset = TimeSpan.FromMinutes(61);
        using var asked = await _registry.Client.GetAsync(location.PathAndQuery);
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        await PatchAsync(asked.Headers.Location!, OciContent.RandomBytes(10));
    }

    [Fact]
    public async Task Token_expires_with_its_session()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        using (var cancelled = await _uploads.Client.DeleteAsync(location)) Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        foreach (var method in new[] { "GET", "PATCH", "PUT", "DELETE" })
        {
            var path = OciContent.Closing(location.ToString(), OciContent.DigestOf([]));
            using var answer = await _uploads.Client.SendAsync(new(new(method), path));
            await answer.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
        }

        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(1_000));
        location = await BeginAsync(name);
        var end = $"{location}&digest={OciContent.DigestOf(content)}";
        using (var put = await _uploads.Client.PutAsync(end,
            OciContent.Body(content)))
        {
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        // Replayed: it can only repeat the same answer, and writes nothing else to the repository.
        using (var again = await _uploads.Client.PutAsync(end,
            OciContent.Body(content)))
        {
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }
        var other = OciContent.RandomBytes(1_000);
        using (var more = await _uploads.Client.PutAsync($"{location}&digest={OciContent.DigestOf(other)}", OciContent.Body(other)))
            Assert.Equal(HttpStatusCode.NotFound, more.StatusCode);
        using (var patch = await _uploads.Client.PatchAsync(location,
            OciContent.Body(other)))
        {
            Assert.Equal(HttpStatusCode.NotFound, patch.StatusCode);
        }
        using var blob = await _registry.Client.GetAsync($"/v2/{name}/blobs/{OciContent.DigestOf(other)}");
        Assert.Equal(HttpStatusCode.NotFound, blob.StatusCode);
    }

    [Fact]
    public async Task Maximum_request_size_is_announced_if_limited()
    {
        await using var limited = await TestRegistry.StartAsync(options => options.Uploads.MaxRequestBytes = 104_857_600);
        using var begun = await limited.Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        Assert.Equal("max-append-size=104857600", begun.Headers.GetValues("Upload-Limit").Single());
        Assert.Equal("", begun.Headers.Location!.OriginalString.Split("/v2/")[0]);
        // For the web UI, which does not upload.
        using var version = await limited.Client.GetAsync("/v2/");
        Assert.Equal("max-append-size=104857600", version.Headers.GetValues("Upload-Limit").Single());
        using var elsewhere = await _registry.Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        Assert.False(elsewhere.Headers.Contains("Upload-Limit"));
    }

    async Task<Uri> BeginAsync(string name) => new(await _registry.Client.BeginUploadAsync(name));

    async Task<Uri> PatchAsync(Uri location, byte[] content)
    {
        using var patched = await _uploads.Client.PatchAsync(location, OciContent.Body(content));
        Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
        return new Uri(_uploads.Address, patched.Headers.Location!);
    }

    async Task AssertClosedAsync(string location)
    {
        foreach (var method in new[] { "GET", "PATCH", "PUT", "DELETE" })
        {
            var digest = method == "PUT" ? $"&digest={OciContent.DigestOf([])}" : "";
            using var answer = await _uploads.Client.SendAsync(new(new(method), location + digest));
            await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
        }
    }

    /// <summary>Calls back when the server has the first half.</summary>
    sealed class HeldStream(byte[] content, Action half) : Stream
    {
        int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position > 0 && _position < content.Length)
            {
                await Task.Delay(300, cancellationToken);
                half();
            }
            var count = Math.Min(Math.Min(buffer.Length, content.Length / 2), content.Length - _position);
            content.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
