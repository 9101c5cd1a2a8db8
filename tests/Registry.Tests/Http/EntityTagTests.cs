using System.Net;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>Headers with entity tags that are invalid; found by fuzzing: ASP.NET's reader throws on the first.</summary>
// F1 (docs/design/hardening.md)
public class EntityTagTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    [Theory]
    [InlineData("W/")]
    [InlineData("\"a\", W/")]
    [InlineData("W/   ")]
    [InlineData("\"")]
    [InlineData("\"a\"\"b\"")]
    [InlineData("a")]
    [InlineData(",")]
    public async Task Invalid_entity_tags_are_400_in_the_API_and_ignored_by_the_web_UI(string text)
    {
        var (name, layer) = (TestRegistry.NewName(), RandomBytes(10));
        await registry.Client.PushImageAsync(name, "v1", layer);
        foreach (var header in new[] { "If-None-Match", "If-Match" })
        {
            foreach (var path in new[] { $"/v2/{name}/manifests/v1", $"/v2/{name}/blobs/{DigestOf(layer)}" })
            {
                using var refused = await GetAsync(path, header, text);
                await refused.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_INVALID");
            }
            // 404 in a build without the web UI.
            using var page = await GetAsync("/", header, text);
            Assert.True(page.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound);
        }
    }

    [Theory]
    [InlineData("\"other\" , W/\"{digest}\"", HttpStatusCode.NotModified)]
    [InlineData(",,\"a,b\",\"{digest}\",", HttpStatusCode.NotModified)]
    [InlineData(" * ", HttpStatusCode.NotModified)]
    [InlineData("\"a,\",\"b\"", HttpStatusCode.OK)]
    [InlineData("\"\"", HttpStatusCode.OK)]
    public async Task Lists_of_entity_tags_are_read_as_RFC_9110_has_them(string text, HttpStatusCode expected)
    {
        var name = TestRegistry.NewName();
        var manifest = await registry.Client.PushImageAsync(name, "v1", RandomBytes(10));
        var header = text.Replace("{digest}", DigestOf(manifest), StringComparison.Ordinal);
        using var answer = await GetAsync($"/v2/{name}/manifests/v1", "If-None-Match", header);
        Assert.Equal(expected, answer.StatusCode);
    }

    async Task<HttpResponseMessage> GetAsync(string path, string header, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, text);
        return await registry.Client.SendAsync(request);
    }
}
