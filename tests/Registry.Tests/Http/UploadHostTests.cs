using System.Buffers.Text;
using System.Net;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>
/// Uploads that begin at one host of the registry and continue at another on the same storage, which authenticates callers only
/// by the token in the session's location.
/// </summary>
public sealed class UploadHostTests : IAsyncLifetime
{
    readonly Clock _clock = new();
    TestRegistry _registry = null!;
    TestRegistry _uploads = null!;

    public async Task InitializeAsync()
    {
        _uploads = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.Closed, _clock);
        _uploads.TakeUploads();
        _registry = await TestRegistry.StartAsync(options => options.Uploads.Location = _uploads.Address, _clock);
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
        if (agent.Length > 0) client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        var location = await client.BeginUploadAsync(TestRegistry.NewName());
        Assert.Equal(follows, location.StartsWith($"{_uploads.Address}v2/", StringComparison.Ordinal));
        Assert.Equal(follows, location.Contains("token", StringComparison.Ordinal));
        Assert.Equal(!follows, location.StartsWith('/'));
    }

    /// <summary>Its client has followed already, whatever it calls itself.</summary>
    [Fact]
    public async Task Answer_to_a_token_leads_back_to_the_upload_host()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        using var client = new HttpClient();
        using var patched = await client.PatchAsync(location, OciContent.Body([1]));
        Assert.StartsWith($"{_uploads.Address}v2/", patched.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_may_continue_at_either_host()
    {
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(20_000));
        var location = await BeginAsync(name);
        await PatchAsync(location, content[..10_000]);
        using var here = await _registry.Client.PatchAsync(location.AbsolutePath, OciContent.Body(content[10_000..]));
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
        // Session, object, content and owner, link: the same cost as without a token (TransactionTests).
        Assert.Equal(4, _uploads.Transactions - before);
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
            if (method != "HEAD") await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
            else Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        Assert.Equal(before, _uploads.Transactions);
        using var version = await _uploads.Client.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.OK, version.StatusCode);
    }

    // S8 (docs/design/hardening.md)
    [Fact]
    public async Task Without_an_upload_host_no_token_is_issued_or_taken()
    {
        var name = TestRegistry.NewName();
        await using var alone = await TestRegistry.StartAsync(
            options => options.Policy = TestPolicies.AnonymousMay("pull", "push"), _clock);
        alone.Client.DefaultRequestHeaders.UserAgent.ParseAdd("crane/0.20.7 go-containerregistry/0.20.7");
        using var begun = await alone.Client.PostAsync($"/v2/{name}/blobs/uploads/?token=", null);
        Assert.DoesNotContain("token", begun.Headers.Location!.ToString(), StringComparison.Ordinal);
        using var patched = await alone.Client.PatchAsync($"{begun.Headers.Location}?token=x", OciContent.Body([1]));
        Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
        Assert.DoesNotContain("token", patched.Headers.Location!.ToString(), StringComparison.Ordinal);

        // A token of another host of the same registry authorizes nothing where no upload host is set.
        await using var closed = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.Closed, _clock);
        var location = await BeginAsync(name);
        foreach (var method in new[] { "GET", "PATCH", "PUT", "DELETE" })
        {
            using var refused = await closed.Client.SendAsync(new(new(method), location.PathAndQuery));
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        }
        // Nor does a request whose credentials authorize it get one, by a client that would not follow the location.
        using var oras = new HttpClient { BaseAddress = _registry.Address };
        Assert.DoesNotContain("token", await oras.BeginUploadAsync(name), StringComparison.Ordinal);
        using var asked = await oras.PostAsync($"/v2/{name}/blobs/uploads/?token=x", null);
        Assert.DoesNotContain("token", asked.Headers.Location!.ToString(), StringComparison.Ordinal);
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
            Assert.Equal((i, HttpStatusCode.NotFound), (i, asked.StatusCode));
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
        _clock.Offset = TimeSpan.FromMinutes(14);
        var next = await PatchAsync(location, content);
        _clock.Offset = TimeSpan.FromMinutes(16);
        await AssertClosedAsync(location.ToString());
        // The token of the last answer is younger.
        using var put = await _uploads.Client.PutAsync($"{next}&digest={OciContent.DigestOf(content)}", null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    [Fact]
    public async Task Principal_that_may_push_gets_a_new_token_from_the_registry()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        _clock.Offset = TimeSpan.FromMinutes(16);
        using var asked = await _registry.Client.GetAsync(location.AbsolutePath);
        Assert.Equal(HttpStatusCode.NoContent, asked.StatusCode);
        await PatchAsync(asked.Headers.Location!, OciContent.RandomBytes(10));
    }

    [Fact]
    public async Task Token_expires_with_its_session()
    {
        var location = await BeginAsync(TestRegistry.NewName());
        using (var cancelled = await _uploads.Client.DeleteAsync(location)) Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        await AssertClosedAsync(location.ToString());

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
    public async Task Locations_on_the_same_host_have_no_token()
    {
        await using var alone = await TestRegistry.StartAsync();
        Assert.DoesNotContain('?', await alone.Client.BeginUploadAsync(TestRegistry.NewName()));
    }

    [Fact]
    public async Task Maximum_request_size_is_announced_if_limited()
    {
        await using var limited = await TestRegistry.StartAsync(options => options.Uploads.MaxRequestBytes = 104_857_600);
        using var begun = await limited.Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        Assert.Equal("max-append-size=104857600", begun.Headers.GetValues("Upload-Limit").Single());
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
            await answer.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
        }
    }

    sealed class Clock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
