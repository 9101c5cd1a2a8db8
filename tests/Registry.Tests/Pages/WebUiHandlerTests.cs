using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>The web UI's files over HTTP. Other tests of this folder look at it in a browser.</summary>
public partial class WebUiHandlerTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    /// <summary>
    /// Limit in bytes for everything that is fetched before the first view, without the registry's answers (100 kB).
    /// </summary>
    const int FirstView = 100_000;

    HttpClient Client => registry.Client;

    [Theory]
    [InlineData("/")]
    [InlineData("/ui")]
    [InlineData("/ui/")]
    [InlineData("/ui/library/alpine:v1")]
    [InlineData("/ui/library/alpine@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855?view=graph")]
    public async Task Every_path_of_the_web_ui_serves_the_page(string path)
    {
        var before = registry.Transactions;
        using var answer = await Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("<div id=\"app\">", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // It may change with the next deployment; revalidation costs nothing until then.
        Assert.True(answer.Headers.CacheControl!.NoCache);
        using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
        using var unchanged = await Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(before, registry.Transactions);
    }

    [Fact]
    public async Task Files_are_immutable_to_caches_and_small()
    {
        var page = await Client.GetStringAsync("/");
        var files = File().Matches(page).Select(match => match.Value).ToList();
        Assert.True(files.Count >= 2, page);
        var size = page.Length;
        var known = files.ToHashSet();
        for (var i = 0; i < files.Count; i++)
        {
            using var answer = await Client.GetAsync(files[i]);
            answer.EnsureSuccessStatusCode();
            Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl!.ToString());
            Assert.Equal(files[i].Split('.')[^1] switch { "js" => "text/javascript", "css" => "text/css", _ => "image/svg+xml" },
                answer.Content.Headers.ContentType!.MediaType);
            var text = await answer.Content.ReadAsStringAsync();
            size += text.Length;
            // The static imports.
            files.AddRange(Import().Matches(text).Select(import => $"/ui/_/{import.Groups[1].Value}").Where(known.Add));
        }
        Assert.InRange(size, 10_000, FirstView);
    }

    [Theory]
    [InlineData("GET", "/ui/_/nothing.js", HttpStatusCode.NotFound)]
    [InlineData("HEAD", "/ui/a", HttpStatusCode.OK)]
    [InlineData("POST", "/ui/a", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/other", HttpStatusCode.NotFound)]
    public async Task Other_requests_are_refused(string method, string path, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new(method), path);
        using var answer = await Client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        if (expected != HttpStatusCode.OK || method == "HEAD") Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    /// <summary>
    /// A browser executes only the registry's files, loads nothing from elsewhere, and lets no text become markup.
    /// </summary>
    [Fact]
    public async Task Security_headers_forbid_all_that_is_not_needed()
    {
        foreach (var path in new[] { "/", "/ui/a", File().Match(await Client.GetStringAsync("/")).Value })
        {
            using var answer = await Client.GetAsync(path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Equal(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; " +
                    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
                policy);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        }
        Assert.DoesNotMatch("<script>|<style| style=|https?://", await Client.GetStringAsync("/"));
    }

    [GeneratedRegex(@"/ui/_/[\w.-]+")]
    private static partial Regex File();

    [GeneratedRegex("""(?:import|from)\s*"\./([\w.-]+)";""")]
    private static partial Regex Import();
}
