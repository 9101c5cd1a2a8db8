using Azure.Data.Tables;
using Registry.Tests.Clients;
using Registry.Tests.Integrity;
using Registry.Tests.Server;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Backup;

/// <summary>The commands as a user types them, and real clients that pull what they restored.</summary>
public sealed class RestoreTests(HealthyRegistry sound, ITestOutputHelper output) : ClientTest(sound.Registry, output),
    IClassFixture<HealthyRegistry>
{
    [Fact]
    public async Task Clients_pull_their_content_from_a_restored_registry()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"crane push layout {Repository}:v1");
        WriteFile("hi.txt", "hi\n");
        await RunAsync($"oras push --plain-http {Repository}:hi hi.txt");
        await RunAsync($"oras attach --plain-http --artifact-type application/vnd.example.note {Repository}:v1 hi.txt");

        await using var backup = await HealthyRegistry.StartNewAsync();
        await using var restored = await HealthyRegistry.StartNewAsync();
        Assert.Contains("The copy is complete.", await RunServerAsync(0, "backup", sound, "--to", backup.ConnectionString),
            StringComparison.Ordinal);
        Assert.Contains("The copy is complete.", await RunServerAsync(0, "restore", restored, "--from", backup.ConnectionString),
            StringComparison.Ordinal);
        Assert.Contains("The registry is sound.", await RunServerAsync(0, "check", restored, "--digests"), StringComparison.Ordinal);

        var (server, client) = await ServerProcess.StartAsync(null, SettingFor(restored));
        await using (server)
        {
            var repository = $"{client.BaseAddress!.Authority}/{Name}";
            await RunAsync($"crane validate --remote {repository}:v1");
            await RunAsync($"crane pull --format oci {repository}:v1 pulled");
            layout.AssertSame(OciLayout.Open(PathOf("pulled")));
            await RunAsync($"oras pull --plain-http -o out {repository}:hi");
            Assert.Equal("hi\n", ReadFile("out/hi.txt"));
            Assert.Single((await RunForJsonAsync($"oras discover --plain-http --format json {repository}:v1"))["referrers"]!.AsArray());
        }
    }

    [Fact]
    public async Task Killed_backup_is_resumed()
    {
        await using var source = await HealthyRegistry.StartNewAsync();
        await using var backup = await HealthyRegistry.StartNewAsync();
        var pushed = new List<PushedRepository>();
        foreach (var many in new[] { true, false }) pushed.Add(await PushedRepository.PushAsync(source.Client, many));
        foreach (var enough in new[] { 30, 80 })
        {
            await ServerProcess.RunAndKillAsync(
                ["backup", "--to", backup.ConnectionString, SettingFor(source)],
                async () => await backup.Blobs.GetBlobsAsync().CountAsync() >= enough);
            // Wherever it was killed, what exists is consistent.
            await backup.AssertSoundAsync();
        }
        await RunServerAsync(0, "backup", source, "--to", backup.ConnectionString);
        await backup.AssertSoundAsync();
        await using var served = await backup.StartAsync();
        foreach (var repository in pushed) await repository.AssertServedAsync(served.Client);
        // Only blobs in progress when it was killed have been copied twice.
        var blobs = await source.Digests.QueryAsync<TableEntity>(row => row.RowKey == "").CountAsync();
        Assert.InRange(await backup.Blobs.GetBlobsAsync().CountAsync(), blobs, blobs + 8);
    }

    [Fact]
    public async Task Folders_are_backed_up_into_folders()
    {
        var (server, client) = await ServerProcess.StartAsync(PathOf("data"));
        await using (server)
        {
            var image = await client.PushImageAsync(Name, "v1", OciContent.RandomBytes(100));
            // While the server runs.
            Assert.Contains("1 manifests", await RunCommandAsync(0, "backup", "--to", PathOf("backup"), "--data", PathOf("data")),
                StringComparison.Ordinal);
            Assert.Contains("\"isSound\":true", await RunCommandAsync(0, "check", "--json", "--data", PathOf("data")),
                StringComparison.Ordinal);
            Assert.Contains("\"manifests\":1", await RunCommandAsync(0,
                "restore", "--json", "--from", PathOf("backup"), "--data", PathOf("restored")), StringComparison.Ordinal);
            var (second, other) = await ServerProcess.StartAsync(PathOf("restored"));
            await using (second) Assert.Equal(image, await other.GetByteArrayAsync($"/v2/{Name}/manifests/v1"));
        }
        Assert.Contains("already", await RunCommandAsync(1, "restore", "--from", PathOf("backup"), "--data", PathOf("data")),
            StringComparison.Ordinal);
        Assert.Contains("does not exist", await RunCommandAsync(1, "restore", "--from", PathOf("nowhere"), "--data", PathOf("data")),
            StringComparison.Ordinal);
        Assert.Contains("must be given", await RunCommandAsync(1, "backup", "--data", PathOf("data")), StringComparison.Ordinal);
        Assert.Contains("two addresses", await RunCommandAsync(1,
            "backup", "--to", "https://a.blob.core.windows.net", "--data", PathOf("data")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_reports_and_repairs_its_findings()
    {
        await using var damaged = await HealthyRegistry.StartNewAsync();
        var pushed = await PushedRepository.PushAsync(damaged.Client);
        var row = $"d:{OciContent.DigestOf(pushed.Image)}:v1";
        await damaged.DeleteAsync(pushed.Name, row);
        var found = await RunServerAsync(2, "check", damaged);
        Assert.Contains($"found    tag-index-missing {pushed.Name} t:v1: ", found, StringComparison.Ordinal);
        Assert.Contains("--repair: add it to the list", found, StringComparison.Ordinal);
        Assert.Contains("1 found, 0 repaired, 1 left", found, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"tag-index-missing\"",
            await RunServerAsync(2, "check", damaged, "--json", "--repository", pushed.Name), StringComparison.Ordinal);
        Assert.Contains("The registry is sound.", await RunServerAsync(0, "check", damaged, "--repository", TestRegistry.NewName()),
            StringComparison.Ordinal);
        Assert.Contains("The registry is sound now: 1 repaired.",
            await RunServerAsync(0, "check", damaged, "--repair"), StringComparison.Ordinal);
        Assert.Contains("The registry is sound.", await RunServerAsync(0, "check", damaged, "--digests"), StringComparison.Ordinal);
        Assert.Contains("not the name of a repository", await RunServerAsync(1, "check", damaged, "--repository", "Nobody"),
            StringComparison.Ordinal);
    }

    static string SettingFor(HealthyRegistry registry) => $"--Registry:Storage:ConnectionString={registry.ConnectionString}";

    static Task<string> RunServerAsync(int expected, string command, HealthyRegistry registry, params string[] args) =>
        RunCommandAsync(expected, [command, .. args, SettingFor(registry)]);

    static async Task<string> RunCommandAsync(int expected, params string[] args)
    {
        var (exitCode, text) = await ServerProcess.RunAsync(args);
        Assert.True(exitCode == expected, $"{string.Join(' ', args)}\nended with {exitCode}: {text}");
        return text;
    }
}
