using System.Net;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>A registry that redirects clients to the storage for every blob.</summary>
public class RedirectTests(RedirectTests.RedirectingRegistry redirecting, ITestOutputHelper output)
    : ClientTest(redirecting.Registry, output), IClassFixture<RedirectTests.RedirectingRegistry>
{
    [Fact]
    public async Task Oras_crane_and_skopeo_follow_redirects_to_the_storage()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"crane push layout {Repository}:v1");
        var config = (await RunForJsonAsync($"crane manifest --platform linux/amd64 {Repository}:v1"))["config"]!;
        using var blob = await Http.GetAsync($"/v2/{Name}/blobs/{config["digest"]}");
        Assert.Equal(HttpStatusCode.TemporaryRedirect, blob.StatusCode);
        Assert.NotEqual(Registry.Host, blob.Headers.Location!.Authority);

        await RunAsync($"crane pull --format oci {Repository}:v1 crane");
        layout.AssertSame(OciLayout.Open(PathOf("crane")));
        await RunAsync($"oras cp --from-plain-http {Repository}:v1 --to-oci-layout oras:v1");
        layout.AssertSame(OciLayout.Open(PathOf("oras")));
        await RunAsync($"skopeo copy --all --src-tls-verify=false docker://{Repository}:v1 oci:skopeo:v1");
        layout.AssertSame(OciLayout.Open(PathOf("skopeo")));

        WriteFile("hi.txt", $"{Name}\n");
        await RunAsync($"oras push --plain-http {Repository}:hi hi.txt");
        await RunAsync($"oras pull --plain-http -o pulled {Repository}:hi");
        Assert.Equal(ReadFile("hi.txt"), ReadFile("pulled/hi.txt"));
    }

    /// <summary>A script may not read from the storage account's host, which does not know the registry's origins.</summary>
    [Fact]
    public async Task Scripts_of_web_pages_are_not_redirected()
    {
        var content = OciContent.RandomBytes(1000);
        await Http.PushBlobAsync(Name, content);
        foreach (var (site, mode, expected) in new[]
        {
            ("same-origin", "cors", HttpStatusCode.PartialContent),
            ("same-origin", "navigate", HttpStatusCode.TemporaryRedirect),
            ("cross-site", "cors", HttpStatusCode.PartialContent),
            ("none", "navigate", HttpStatusCode.TemporaryRedirect),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{Name}/blobs/{OciContent.DigestOf(content)}")
            {
                Headers = { Range = new(10, 19) },
            };
            request.Headers.Add("Sec-Fetch-Site", site);
            request.Headers.Add("Sec-Fetch-Mode", mode);
            using var answer = await Http.SendAsync(request);
            Assert.Equal((site, mode, expected), (site, mode, answer.StatusCode));
            if (expected == HttpStatusCode.PartialContent) Assert.Equal(content[10..20], await answer.Content.ReadAsByteArrayAsync());
        }
    }

    public sealed class RedirectingRegistry : IAsyncLifetime
    {
        public TestRegistry Registry { get; private set; } = null!;

        public async Task InitializeAsync() => Registry = await TestRegistry.StartAsync(options => options.RedirectDownloads = true);

        public async Task DisposeAsync() => await Registry.DisposeAsync();
    }
}
