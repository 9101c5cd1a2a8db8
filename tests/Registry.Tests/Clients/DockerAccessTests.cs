using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>The same as <see cref="AccessTests"/>, with docker.</summary>
[Collection(DockerEngine.Collection)]
public class DockerAccessTests(TestRegistry registry, AccessFixture fixture, DockerEngine engine, ITestOutputHelper output)
    : AccessTest(registry, fixture, output), IClassFixture<TestRegistry>, IClassFixture<AccessFixture>
{
    /// <summary>docker requests a refresh token at login; with others it stores the password.</summary>
    [DockerTheory]
    [InlineData("reader")]
    [InlineData("pusher")]
    [InlineData("github")]
    public async Task Docker_can_do_what_its_principal_may(string who)
    {
        var (own, open, foreign) = await PrepareAsync();
        var (user, password) = Fixture.LoginOf(who)!.Value;
        await FailAsync($"docker pull {Host}/{own}:v1");
        await RunAsync($"docker login -u {user} -p {password} {Host}");
        Assert.Equal(who == "github", ReadFile("home/.docker/config.json").Contains("identitytoken", StringComparison.Ordinal));
        await TryAsync(true, $"docker pull {Host}/{open}:v1");
        await TryAsync(false, $"docker pull {Host}/{foreign}:v1");
        await TryAsync(true, $"docker pull {Host}/{own}:v1");
        foreach (var (name, expected) in new[] { ($"{own}:v2", MayPush(who)), ($"{foreign}:v2", false) })
        {
            await RunAsync($"docker tag {Host}/{own}:v1 {Host}/{name}");
            await TryAsync(expected, $"docker push {Host}/{name}");
        }
    }

    /// <summary>It sends them to the path that it pinged only, so a location below another path needs a token.</summary>
    [DockerFact]
    public async Task Docker_follows_its_uploads_to_another_path_without_credentials()
    {
        await using var front = await FrontProxy.StartAsync();
        await using var registry = await StartAsync();
        await using var uploads = await StartAsync();
        front.SetTargets(registry.Address, uploads.Address);
        var (user, password) = Fixture.LoginOf("pusher")!.Value;
        var image = $"{front.Address.Authority}/{Fixture.NewName("own")}:v1";
        WriteFile("image/hello.txt", image);
        WriteFile("image/Dockerfile", "FROM scratch\nCOPY hello.txt /\n");
        await RunAsync($"docker build -t {image} image");
        await RunAsync($"docker login -u {user} -p {password} {front.Address.Authority}");
        await RunAsync($"docker push {image}");
        var sessions = front.Requests.Where(request => request.ToUploadHost).ToList();
        // Of the layer and of the config.
        Assert.Equal(2, sessions.Count(request => request.Method == "PUT"));
        Assert.DoesNotContain(sessions, request => request.HasCredentials);
        Assert.All(front.Requests.Where(request => request.Method == "POST"), request => Assert.True(request.HasCredentials));

        Task<TestRegistry> StartAsync() => TestRegistry.StartAsync(
            options => (options.Policy, options.Uploads.Location) = (Fixture.Policy, front.UploadLocation));
    }

    private protected override Task<ClientProgram> FindProgramAsync(string name) => name == "docker"
        ? Task.FromResult(engine.Client) : base.FindProgramAsync(name);

    private protected override IEnumerable<string> ArgumentsBefore(string name) => name == "docker" ? engine.Arguments : [];
}
