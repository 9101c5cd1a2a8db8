using System.Text.RegularExpressions;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

[Collection(DockerEngine.Collection)]
public partial class DockerTests(TestRegistry registry, DockerEngine engine, ITestOutputHelper output)
    : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [DockerFact]
    public async Task Docker_builds_pushes_and_pulls_an_image()
    {
        var image = await BuildAndPushAsync();
        var id = await RunAsync($"docker image inspect --format {{{{.Id}}}} {image}");
        await RunAsync($"docker rmi {image}");
        await FailAsync($"docker image inspect {image}");
        await RunAsync($"docker pull {image}");
        Assert.Equal(id, await RunAsync($"docker image inspect --format {{{{.Id}}}} {image}"));
        await RunAsync($"docker save -o saved.tar {image}");
        Assert.Contains(Name, ReadFile("saved.tar"), StringComparison.Ordinal);
    }

    [DockerFact]
    public async Task Docker_push_to_a_second_repository_mounts_the_layers()
    {
        var image = await BuildAndPushAsync();
        await RunAsync($"docker tag {image} {Repository}-second:v1");
        var pushed = await RunAsync($"docker push {Repository}-second:v1");
        Assert.Contains($"Mounted from {Name}", pushed, StringComparison.Ordinal);
        Assert.DoesNotContain("Pushed", pushed, StringComparison.Ordinal);
        await RunAsync($"docker rmi {image} {Repository}-second:v1");
        await RunAsync($"docker pull {Repository}-second:v1");
    }

    [DockerFact]
    public async Task Docker_pulls_by_digest_what_crane_pushed()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync($"docker pull --platform linux/amd64 {Repository}@{layout.Digest}");
        Assert.Equal("amd64", await RunAsync($"docker image inspect --format {{{{.Architecture}}}} {Repository}@{layout.Digest}"));
    }

    [DockerFact]
    public async Task Docker_follows_its_uploads_to_another_host()
    {
        await using var uploads = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.AnonymousMay("push"));
        uploads.TakeUploads();
        await using var sending = await TestRegistry.StartAsync(options => options.Uploads.Location = uploads.Address);
        var image = $"{sending.Host}/{Name}:v1";
        await BuildAsync(image);
        await RunAsync($"docker push {image}");
        // A PATCH and a PUT for each of two layers and the config.
        Assert.True(uploads.Transactions >= 15, $"Only {uploads.Transactions} transactions.");
        await RunAsync($"docker rmi {image}");
        await RunAsync($"docker pull {image}");
    }

    Task<string> BuildAsync(string image)
    {
        WriteFile("image/hello.txt", $"{Name}\n");
        WriteFile("image/Dockerfile", "FROM scratch\nCOPY hello.txt /first/\nCOPY hello.txt /second/\n");
        return RunAsync($"docker build -t {image} image");
    }

    async Task<string> BuildAndPushAsync()
    {
        var image = $"{Repository}:v1";
        await BuildAsync(image);
        var pushed = await RunAsync($"docker push {image}");
        using var manifest = await Http.GetAsync($"/v2/{Name}/manifests/v1");
        Assert.Contains(manifest.Content.Headers.ContentType!.ToString(),
            new[] { MediaType.DockerManifest, MediaType.OciManifest, MediaType.OciIndex });
        Assert.Equal(DigestLine().Match(pushed).Groups[1].Value, manifest.Headers.GetValues("Docker-Content-Digest").Single());
        return image;
    }

    private protected override Task<ClientProgram> FindProgramAsync(string name) =>
        name == "docker" ? Task.FromResult(engine.Client) : base.FindProgramAsync(name);

    private protected override IEnumerable<string> ArgumentsBefore(string name) => name == "docker" ? engine.Arguments : [];

    [GeneratedRegex(@"digest: (sha256:[0-9a-f]{64})")]
    private static partial Regex DigestLine();
}
