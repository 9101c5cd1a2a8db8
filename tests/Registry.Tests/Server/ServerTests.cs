using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Registry.Tests.Server;

public sealed class ServerTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("registry-server-").FullName;

    [Fact]
    public async Task Start_prints_what_to_try_and_the_registry_answers()
    {
        var (server, client) = await ServerProcess.StartAsync(_folder);
        await using (server)
        {
            await server.WaitForOutputAsync($"oras push --plain-http {client.BaseAddress!.Authority}/");
            await server.WaitForOutputAsync($"crane manifest {client.BaseAddress.Authority}/");
            await server.WaitForOutputAsync($"docker push {client.BaseAddress.Authority}/");
            using var version = await client.GetAsync("/v2/");
            Assert.Equal(HttpStatusCode.OK, version.StatusCode);
            Assert.False(version.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused()
    {
        var (server, _) = await ServerProcess.StartAsync(_folder);
        await using (server) await AssertRefusedAsync("uses the data folder", ["--urls", "http://127.0.0.1:0", "--data", _folder]);
    }

    [Fact]
    public async Task Port_in_use_is_reported_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await AssertRefusedAsync("address already in use", ["--urls", $"http://{taken.LocalEndpoint}", "--data", _folder]);
    }

    [Fact]
    public async Task Unwritable_folder_is_reported_in_one_line()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");
        await AssertRefusedAsync("cannot be written", ["--data", Path.Combine(file, "data")]);
    }

    [Fact]
    public async Task Unreachable_storage_is_reported_in_one_line()
    {
        const string Nobody = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;" +
            "BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a;";
        await AssertRefusedAsync("storage account", ["--urls", "http://127.0.0.1:0", $"--Registry:Storage:ConnectionString={Nobody}"]);
        await AssertRefusedAsync("storage account", ["--urls", "http://127.0.0.1:0", "--Registry:Storage:ConnectionString=nonsense"]);
    }

    [Theory]
    [InlineData("no setting 'RedirectDownload' in section Registry.", "--Registry:RedirectDownload=true")]
    [InlineData("no setting 'Grace' in section Registry.", "--Registry:Storage:Grace=1.00:00:00")]
    [InlineData("Registry:Policy", "--Registry:Policy=everybody")]
    [InlineData("needs a policy", "--urls", "http://0.0.0.0:0")]
    [InlineData("nowhere.json", "--Registry:PolicyFile=nowhere.json")]
    [InlineData("TableUri", "--Registry:Storage:BlobUri=https://a.blob.core.windows.net")]
    [InlineData("Uploads:Location", "--Registry:Uploads:Location=uploads.example.com")]
    [InlineData("--data", "--Registry:Storage:ConnectionString=UseDevelopmentStorage=true", "--data", "data")]
    public async Task Setting_that_cannot_be_used_is_said_in_one_line(string named, params string[] args) =>
        await AssertRefusedAsync(named, args);

    [Fact]
    public async Task Registry_on_a_public_address_enforces_its_policy()
    {
        var storage = $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";
        foreach (var (policy, expected) in new[] { (TestPolicies.Closed, HttpStatusCode.Forbidden),
            (TestPolicies.AnonymousMay("pull", "list"), HttpStatusCode.OK) })
        {
            var (server, client) = await ServerProcess.StartAsync(["--urls", "http://0.0.0.0:0", storage, $"--Registry:Policy={policy}"]);
            await using (server)
            {
                using var catalog = await client.GetAsync("/v2/_catalog");
                Assert.Equal(expected, catalog.StatusCode);
                using var pushed = await client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
                Assert.Equal(HttpStatusCode.Forbidden, pushed.StatusCode);
            }
        }
    }

    [Fact]
    public async Task Ports_of_a_container_are_listened_on()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var (server, client) = await ServerProcess.StartAsync(
            [$"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}",
                $"--Registry:Policy={TestPolicies.Closed}"],
            new KeyValuePair<string, string>("ASPNETCORE_HTTP_PORTS", port.ToString(CultureInfo.InvariantCulture)));
        await using (server)
        {
            Assert.Equal(port, client.BaseAddress!.Port);
            await server.WaitForOutputAsync("has no robots or issuers");
            Assert.Equal("Healthy", await client.GetStringAsync("/healthz"));
        }
    }

    [Fact]
    public async Task Missing_node_is_reported_in_one_line() =>
        await AssertRefusedAsync("Node.js", ["--data", _folder], new KeyValuePair<string, string>("PATH", _folder));

    [Theory]
    [InlineData("--nonsense", "x")]
    [InlineData("nonsense")]
    [InlineData("--data")]
    [InlineData("--urls", "--data")]
    [InlineData("--urls", "ftp://x")]
    public async Task Arguments_that_mean_nothing_are_refused(params string[] args) =>
        await AssertRefusedAsync(null, [.. args, .. args[0] == "--urls" && args[1] != "--data" ? new[] { "--data", _folder } : []]);

    [Fact]
    public async Task Help_is_printed()
    {
        var (exitCode, output) = await ServerProcess.RunAsync(["--help"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("--data DIR", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static async Task AssertRefusedAsync(string? expected, string[] args, params KeyValuePair<string, string>[] environment)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(args, environment);
        Assert.True(exitCode == 1, output);
        if (expected is not null) Assert.Contains(expected, output, StringComparison.OrdinalIgnoreCase);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => !line.StartsWith("Installing", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
