using Registry.Policies;
using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>Everybody with every client: what each may do works, and all else is refused.</summary>
public class AccessTests(TestRegistry registry, AccessFixture fixture, DockerEngine engine, ITestOutputHelper output)
    : ClientTest(registry, output), IClassFixture<TestRegistry>, IClassFixture<AccessFixture>, IClassFixture<DockerEngine>
{
    string Host => fixture.Registry.Host;

    static bool MayPull(string who) => who != "anonymous";

    static bool MayPush(string who) => who is "pusher" or "github" or "entra" or "owner";

    static bool MayOverwrite(string who) => who == "owner";

    static bool MayDelete(string who) => who == "owner";

    static bool MayList(string who) => who is "reader" or "owner";

    /// <summary>
    /// How each client says it: HOST and the repository A (and B) stand for what they are called, TAG for a tag. What is not said
    /// a client cannot do.
    /// </summary>
    static readonly Dictionary<string, Lines> s_lines = new()
    {
        ["oras"] = new(
            Login: "oras login --plain-http HOST",
            Pull: "oras pull --plain-http -o pulled HOST/A:TAG",
            Tags: "oras repo tags --plain-http HOST/A",
            Push: "oras push --plain-http HOST/A:TAG file.txt",
            Copy: "oras cp --from-plain-http --to-plain-http HOST/A:v1 HOST/B:TAG",
            Mounted: "Mounted",
            Catalog: "oras repo ls --plain-http HOST",
            Attach: "oras attach --plain-http --artifact-type application/vnd.test.sbom HOST/A:TAG file.txt",
            Delete: "oras manifest delete --plain-http --force HOST/A:TAG"),
        ["crane"] = new(
            Login: "crane auth login HOST",
            Pull: "crane pull HOST/A:TAG pulled.tar",
            Tags: "crane ls HOST/A",
            Push: "crane push other HOST/A:TAG",
            Copy: "crane copy HOST/A:v1 HOST/B:TAG",
            Mounted: "mounted blob",
            Catalog: "crane catalog HOST",
            Attach: null,
            Delete: "crane delete HOST/A:TAG"),
        ["skopeo"] = new(
            Login: "skopeo login --tls-verify=false HOST",
            Pull: "skopeo copy --src-tls-verify=false docker://HOST/A:TAG dir:pulled",
            Tags: "skopeo list-tags --tls-verify=false docker://HOST/A",
            Push: "skopeo copy --dest-tls-verify=false oci:other:v1 docker://HOST/A:TAG",
            Copy: "skopeo copy --src-tls-verify=false --dest-tls-verify=false docker://HOST/A:v1 docker://HOST/B:TAG",
            Mounted: null,
            Catalog: null,
            Attach: null,
            Delete: "skopeo delete --tls-verify=false docker://HOST/A:TAG"),
    };

    static readonly string[] s_everybody = ["anonymous", "reader", "pusher", "github", "entra", "owner"];

    public static TheoryData<string, string> ClientsAndEverybody()
    {
        var data = new TheoryData<string, string>();
        foreach (var client in s_lines.Keys)
            foreach (var who in s_everybody) data.Add(client, who);
        return data;
    }

    [Theory]
    [MemberData(nameof(ClientsAndEverybody))]
    public async Task Client_does_what_one_may(string client, string who)
    {
        var lines = s_lines[client];
        var (own, open, foreign) = await PrepareAsync();
        WriteFile("file.txt", $"{own}\n");
        OciLayout.Create(PathOf("other"), "amd64");
        if (fixture.LoginOf(who) is var (user, password)) await RunAsync($"{Say(lines.Login)} -u {user} -p {password}");

        await TryAsync(true, Say(lines.Pull, open));
        await TryAsync(false, Say(lines.Pull, foreign));
        await TryAsync(MayPull(who), Say(lines.Pull, own));
        await TryAsync(MayPull(who), Say(lines.Tags, own));

        await TryAsync(MayPush(who), Say(lines.Push, own, tag: "v2"));
        await TryAsync(MayOverwrite(who), Say(lines.Push, own));
        await TryAsync(false, Say(lines.Push, foreign, tag: "v2"));
        if (lines.Attach is not null) await TryAsync(MayPush(who), Say(lines.Attach, own));
        var copy = await TryAsync(MayPush(who), Say(lines.Copy, open, own, "copied"));
        if (MayPush(who) && lines.Mounted is not null) Assert.Contains(lines.Mounted, copy, StringComparison.Ordinal);
        await TryAsync(false, Say(lines.Copy, foreign, own, "stolen"));

        if (lines.Catalog is not null)
        {
            var listed = (await RunAsync(Say(lines.Catalog))).Split('\n');
            Assert.Equal((true, MayList(who), false), (listed.Contains(open), listed.Contains(own), listed.Contains(foreign)));
        }
        await TryAsync(MayDelete(who), Say(lines.Delete, own));
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
    [InlineData("oras")]
    [InlineData("crane")]
    [InlineData("skopeo")]
    public async Task Wrong_credentials_are_told_at_login(string client)
    {
        var wrong = await TryAsync($"{Say(s_lines[client].Login)} -u owner -p {RobotSecret.Create()}");
        // crane keeps what it is given without asking whether it is right.
        if (client == "crane") await FailAsync(Say("crane catalog HOST"));
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

    string Say(string line, string a = "", string b = "", string tag = "v1") => line
        .Replace("HOST/A", $"{Host}/{a}", StringComparison.Ordinal).Replace("HOST/B", $"{Host}/{b}", StringComparison.Ordinal)
        .Replace("HOST", Host, StringComparison.Ordinal).Replace("TAG", tag, StringComparison.Ordinal);

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

    sealed record Lines(string Login, string Pull, string Tags, string Push, string Copy, string? Mounted, string? Catalog, string? Attach, string Delete);
}
