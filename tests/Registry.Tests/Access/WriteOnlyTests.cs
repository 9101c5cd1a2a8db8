using System.Net;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>A caller that may push and delete, and not pull, learns from no answer what a pull would tell.</summary>
// S9 (docs/design/hardening.md)
public sealed class WriteOnlyTests : IAsyncLifetime
{
    const string Locks = """{"tags":[{"name":"locks","repositories":["test/**"],"tags":["locked"],"mode":"locked"}],""";

    readonly string _name = TestRegistry.NewName();
    TestRegistry _owner = null!;
    TestRegistry _writer = null!;

    public async Task InitializeAsync()
    {
        _owner = await TestRegistry.StartAsync();
        _writer = await TestRegistry.StartAsync(options =>
            options.Policy = Locks + TestPolicies.AnonymousMay("push", "overwrite", "delete")[1..]);
    }

    public async Task DisposeAsync()
    {
        await _owner.DisposeAsync();
        await _writer.DisposeAsync();
    }

    [Fact]
    public async Task Answers_do_not_tell_what_is_stored()
    {
        var layer = RandomBytes(10);
        var image = await _owner.Client.PushImageAsync(_name, "v1", layer);
        var gone = await _owner.Client.PushImageAsync(_name, "gone", RandomBytes(11));
        (await _owner.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(gone)}")).Dispose();
        using var index = await _owner.Client.PutManifestAsync(_name, "locked", Index(image).ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, index.StatusCode);
        string[] secrets = [DigestOf(image)[7..], DigestOf(gone)[7..], DigestOf(Index(image).ToBytes())[7..], "locked\"", "tag locked"];

        var requests = new (string Method, string Path, string? Digest)[]
        {
            ("GET", "manifests/v1", null), ("HEAD", "manifests/v1", null), ("GET", "tags/list", null),
            ("GET", $"referrers/{DigestOf(image)}", null), ("GET", "_registry/tags/list", null),
            ("GET", "_registry/deleted/list", null), ("GET", "_registry/deleted/preview/v1", null),
            ("POST", "_registry/deleted/manifests/v1", null), ("POST", "_registry/deleted/manifests/gone", null),
            ("DELETE", $"blobs/{DigestOf(layer)}", null), ("DELETE", "manifests/missing", null),
            // The caller names these digests itself; the answer must name no other.
            ("DELETE", $"manifests/{DigestOf(image)}", DigestOf(image)), ("HEAD", $"blobs/{DigestOf(layer)}", null),
        };
        foreach (var (method, path, named) in requests)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v2/{_name}/{path}");
            using var answer = await _writer.Client.SendAsync(request);
            Assert.False(answer.IsSuccessStatusCode, $"{method} {path}");
            var text = $"{answer.Headers} {answer.Content.Headers} {await answer.Content.ReadAsStringAsync()}";
            foreach (var secret in secrets.Where(secret => named?.Contains(secret, StringComparison.Ordinal) != true
                && !path.Contains(secret, StringComparison.Ordinal)))
            {
                Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{method} {path}: {text}");
            }
        }
    }

    /// <summary>A condition is a question about the digest of a tag.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Condition_is_not_evaluated(bool holds)
    {
        var image = await _owner.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/v1")
        {
            Content = Body(Image(RandomBytes(9)).ToBytes(), MediaType.OciManifest),
        };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{(holds ? DigestOf(image) : DigestOf([]))}\"");
        using var answer = await _writer.Client.SendAsync(request);
        await answer.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
    }

    [Fact]
    public async Task Pushes_and_deletes_work_without_pull()
    {
        await _writer.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        using var delete = await _writer.Client.DeleteAsync($"/v2/{_name}/manifests/v1");
        Assert.Equal(HttpStatusCode.Accepted, delete.StatusCode);
    }
}
