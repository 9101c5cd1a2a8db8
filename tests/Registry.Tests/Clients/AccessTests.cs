using Registry.Policies;
using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>Every caller with every client: what it may do works, and all else is refused.</summary>
public class AccessTests(TestRegistry registry, AccessFixture fixture, ITestOutputHelper output)
    : AccessTest(registry, fixture, output), IClassFixture<TestRegistry>, IClassFixture<AccessFixture>
{
    /// <summary>
    /// The command lines of each client: HOST is the registry, A and B are repositories, TAG is a tag. Missing lines are
    /// operations that the client lacks. Prepare takes the image that is pushed into the client's own storage, which needs root.
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
        ["buildah"] = new(
            Login: "buildah login --tls-verify=false HOST",
            Pull: "buildah pull --policy always --tls-verify=false HOST/A:TAG",
            Tags: null,
            Push: "buildah push --tls-verify=false localhost/other HOST/A:TAG",
            Copy: null,
            Mounted: null,
            Catalog: null,
            Attach: null,
            Delete: null,
            Prepare: "buildah pull oci:other:v1"),
        ["podman"] = new(
            Login: "podman login --tls-verify=false HOST",
            Pull: "podman pull --tls-verify=false HOST/A:TAG",
            Tags: "podman search --tls-verify=false --list-tags HOST/A",
            Push: "podman push --tls-verify=false localhost/other HOST/A:TAG",
            Copy: null,
            Mounted: null,
            Catalog: null,
            Attach: null,
            Delete: null,
            Prepare: "podman pull oci:other:v1"),
    };

    static readonly string[] s_everybody = ["anonymous", "reader", "pusher", "github", "entra", "owner"];

    public static TheoryData<string, string> ClientsAndEverybody()
    {
        var data = new TheoryData<string, string>();
        foreach (var client in s_lines.Keys.Where(client => RootFactAttribute.SkipReason is null || s_lines[client].Prepare is null))
            foreach (var who in s_everybody) data.Add(client, who);
        return data;
    }

    [Theory]
    [MemberData(nameof(ClientsAndEverybody))]
    public async Task Client_can_do_what_its_principal_may(string client, string who)
    {
        var lines = s_lines[client];
        var (own, open, foreign) = await PrepareAsync();
        WriteFile("file.txt", $"{own}\n");
        OciLayout.Create(PathOf("other"), "amd64");
        if (lines.Prepare is not null) await RunAsync(lines.Prepare);
        if (Fixture.LoginOf(who) is var (user, password)) await RunAsync(Format(SignIn(lines, user, password)));

        await TryAsync(true, Format(lines.Pull, open));
        await TryAsync(false, Format(lines.Pull, foreign));
        await TryAsync(MayPull(who), Format(lines.Pull, own));
        if (lines.Tags is not null) await TryAsync(MayPull(who), Format(lines.Tags, own));

        await TryAsync(MayPush(who), Format(lines.Push, own, tag: "v2"));
        await TryAsync(MayOverwrite(who), Format(lines.Push, own));
        await TryAsync(false, Format(lines.Push, foreign, tag: "v2"));
        if (lines.Attach is not null) await TryAsync(MayPush(who), Format(lines.Attach, own));
        if (lines.Copy is not null)
        {
            var copy = await TryAsync(MayPush(who), Format(lines.Copy, open, own, "copied"));
            if (MayPush(who) && lines.Mounted is not null) Assert.Contains(lines.Mounted, copy, StringComparison.Ordinal);
            await TryAsync(false, Format(lines.Copy, foreign, own, "stolen"));
        }

        if (lines.Catalog is not null)
        {
            var listed = (await RunAsync(Format(lines.Catalog))).Split('\n');
            Assert.Equal((true, MayList(who), false), (listed.Contains(open), listed.Contains(own), listed.Contains(foreign)));
        }
        if (lines.Delete is not null) await TryAsync(MayDelete(who), Format(lines.Delete, own));
    }

    [Theory]
    [InlineData("oras")]
    [InlineData("crane")]
    [InlineData("skopeo")]
    [InlineData("buildah")]
    [InlineData("podman")]
    public async Task Wrong_credentials_are_reported_at_login(string client)
    {
        var wrong = await TryAsync(Format(SignIn(s_lines[client], "owner", RobotSecret.Create())));
        // crane stores credentials without verifying them.
        if (client == "crane") await FailAsync(Format("crane catalog HOST"));
        else wrong.Failed();
    }

    /// <summary>buildah takes options only before the host.</summary>
    static string SignIn(Lines lines, string user, string password) =>
        lines.Login.Replace("HOST", $"-u {user} -p {password} HOST", StringComparison.Ordinal);

    string Format(string line, string a = "", string b = "", string tag = "v1") => line
        .Replace("HOST/A", $"{Host}/{a}", StringComparison.Ordinal).Replace("HOST/B", $"{Host}/{b}", StringComparison.Ordinal)
        .Replace("HOST", Host, StringComparison.Ordinal).Replace("TAG", tag, StringComparison.Ordinal);

    sealed record Lines(string Login, string Pull, string? Tags,
        string Push, string? Copy, string? Mounted, string? Catalog, string? Attach, string? Delete, string? Prepare = null);
}
