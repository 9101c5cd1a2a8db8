using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>Everybody with every client: what each may do works, and all else is refused.</summary>
public class AccessTests(TestRegistry registry, AccessFixture fixture, DockerEngine engine, ITestOutputHelper output)
    : ClientTest(registry, output), IClassFixture<TestRegistry>, IClassFixture<AccessFixture>, IClassFixture<DockerEngine>
{
    string Host => fixture.Registry.Host;

    public static TheoryData<string> Everybody() => ["anonymous", "reader", "pusher", "github", "entra", "owner"];

    static bool MayPull(string who) => who != "anonymous";

    static bool MayPush(string who) => who is "pusher" or "github" or "entra" or "owner";

    static bool MayOverwrite(string who) => who == "owner";

    static bool MayDelete(string who) => who == "owner";

    static bool MayList(string who) => who is "reader" or "owner";

    [Theory]
    [MemberData(nameof(Everybody))]
    public async Task Oras_does_what_one_may(string who)
    {
        var (own, open, foreign) = await PrepareAsync();
        if (fixture.LoginOf(who) is var (user, password)) await RunAsync($"oras login --plain-http -u {user} -p {password} {Host}");
        await TryAsync(true, $"oras pull --plain-http -o open {Host}/{open}:v1");
        await TryAsync(false, $"oras pull --plain-http -o foreign {Host}/{foreign}:v1");
        await TryAsync(MayPull(who), $"oras pull --plain-http -o own {Host}/{own}:v1");
        await TryAsync(MayPull(who), $"oras repo tags --plain-http {Host}/{own}");

        WriteFile("a.txt", $"{own} {who}\n");
        await TryAsync(MayPush(who), $"oras push --plain-http {Host}/{own}:v2 a.txt");
        await TryAsync(MayOverwrite(who), $"oras push --plain-http {Host}/{own}:v1 a.txt");
        await TryAsync(false, $"oras push --plain-http {Host}/{foreign}:v2 a.txt");
        await TryAsync(MayPush(who), $"oras attach --plain-http --artifact-type application/vnd.test.sbom {Host}/{own}:v1 a.txt");
        var copy = await TryAsync(MayPush(who), $"oras cp --from-plain-http --to-plain-http {Host}/{open}:v1 {Host}/{own}:copied");
        if (MayPush(who)) Assert.Contains("Mounted", copy, StringComparison.Ordinal);
        await TryAsync(false, $"oras cp --from-plain-http --to-plain-http {Host}/{foreign}:v1 {Host}/{own}:stolen");

        var listed = (await RunAsync($"oras repo ls --plain-http {Host}")).Split('\n');
        Assert.Equal((true, MayList(who), false), (listed.Contains(open), listed.Contains(own), listed.Contains(foreign)));
        await TryAsync(MayDelete(who), $"oras manifest delete --plain-http --force {Host}/{own}:v1");
    }

    [Theory]
    [MemberData(nameof(Everybody))]
    public async Task Crane_does_what_one_may(string who)
    {
        var (own, open, foreign) = await PrepareAsync();
        if (fixture.LoginOf(who) is var (user, password)) await RunAsync($"crane auth login -u {user} -p {password} {Host}");
        await TryAsync(true, $"crane pull {Host}/{open}:v1 open.tar");
        await TryAsync(false, $"crane pull {Host}/{foreign}:v1 foreign.tar");
        await TryAsync(MayPull(who), $"crane pull {Host}/{own}:v1 own.tar");
        await TryAsync(MayPull(who), $"crane ls {Host}/{own}");

        OciLayout.Create(PathOf("other"), "amd64");
        await TryAsync(MayPush(who), $"crane push other {Host}/{own}:v2");
        await TryAsync(MayOverwrite(who), $"crane push other {Host}/{own}:v1");
        await TryAsync(false, $"crane push other {Host}/{foreign}:v2");
        var copy = await TryAsync(MayPush(who), $"crane copy {Host}/{open}:v1 {Host}/{own}:copied");
        if (MayPush(who)) Assert.Contains("mounted blob", copy, StringComparison.Ordinal);
        await TryAsync(false, $"crane copy {Host}/{foreign}:v1 {Host}/{own}:stolen");

        var listed = (await RunAsync($"crane catalog {Host}")).Split('\n');
        Assert.Equal((true, MayList(who), false), (listed.Contains(open), listed.Contains(own), listed.Contains(foreign)));
        await TryAsync(MayDelete(who), $"crane delete {Host}/{own}:v1");
    }

    [Theory]
    [MemberData(nameof(Everybody))]
    public async Task Skopeo_does_what_one_may(string who)
    {
        var (own, open, foreign) = await PrepareAsync();
        if (fixture.LoginOf(who) is var (user, password)) await RunAsync($"skopeo login --tls-verify=false -u {user} -p {password} {Host}");
        await TryAsync(true, $"skopeo copy --src-tls-verify=false docker://{Host}/{open}:v1 oci:open:v1");
        await TryAsync(false, $"skopeo copy --src-tls-verify=false docker://{Host}/{foreign}:v1 oci:foreign:v1");
        await TryAsync(MayPull(who), $"skopeo copy --src-tls-verify=false docker://{Host}/{own}:v1 oci:own:v1");
        await TryAsync(MayPull(who), $"skopeo list-tags --tls-verify=false docker://{Host}/{own}");

        OciLayout.Create(PathOf("other"), "amd64");
        await TryAsync(MayPush(who), $"skopeo copy --dest-tls-verify=false oci:other:v1 docker://{Host}/{own}:v2");
        await TryAsync(MayOverwrite(who), $"skopeo copy --dest-tls-verify=false oci:other:v1 docker://{Host}/{own}:v1");
        await TryAsync(false, $"skopeo copy --dest-tls-verify=false oci:other:v1 docker://{Host}/{foreign}:v2");
        await TryAsync(MayPush(who), $"skopeo copy --src-tls-verify=false --dest-tls-verify=false docker://{Host}/{open}:v1 docker://{Host}/{own}:copied");
        await TryAsync(MayDelete(who), $"skopeo delete --tls-verify=false docker://{Host}/{own}:v1");
    }

    /// <summary>docker asks for a refresh token at login, and for the others keeps the password.</summary>
    [DockerTheory]
    [InlineData("reader")]
    [InlineData("pusher")]
    [InlineData("github")]
    public async Task Docker_does_what_one_may(string who)
    {
        var (own, open, foreign) = await PrepareAsync();
        var (user, password) = fixture.LoginOf(who)!.Value;
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

    [Theory]
    [InlineData("oras login --plain-http -u {0} -p {1} {2}")]
    [InlineData("crane auth login -u {0} -p {1} {2}")]
    [InlineData("skopeo login --tls-verify=false -u {0} -p {1} {2}")]
    public async Task Wrong_credentials_are_told_at_login(string line)
    {
        var wrong = await TryAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, line, "owner", global::Registry.Policies.RobotSecret.Create(), Host));
        // crane keeps what it is given without asking whether it is right.
        if (line.StartsWith("crane", StringComparison.Ordinal)) await FailAsync($"crane catalog {Host}");
        else wrong.Failed();
    }

    /// <summary>An image in somebody's own repository, in a public one, and in a foreign one.</summary>
    async Task<(string Own, string Open, string Foreign)> PrepareAsync()
    {
        var names = (Own: fixture.NewName("own"), Open: fixture.NewName("public"), Foreign: fixture.NewName("foreign"));
        foreach (var name in new[] { names.Own, names.Open, names.Foreign })
        {
            OciLayout.Create(PathOf("layout"), "amd64");
            await RunAsync($"crane push layout {Registry.Host}/{name}:v1");
            Directory.Delete(PathOf("layout"), recursive: true);
        }
        return names;
    }

    /// <summary>Runs a client that has to succeed, or else to be told that it may not.</summary>
    /// <returns>What it wrote.</returns>
    async Task<string> TryAsync(bool expected, string line)
    {
        var command = await TryAsync(line);
        if (expected) command.Succeeded();
        else Assert.Matches("(?i)unauthorized|denied|401|403|authentication required", command.Failed().Errors + command.Output);
        return command.Output + command.Errors;
    }

    private protected override Task<ClientProgram> FindProgramAsync(string name) => name == "docker" ? Task.FromResult(engine.Client) : base.FindProgramAsync(name);

    private protected override IEnumerable<string> ArgumentsBefore(string name) => name == "docker" ? engine.Arguments : [];
}
