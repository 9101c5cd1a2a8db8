using System.Text.Json.Nodes;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Server;

/// <summary>The command <c>collect</c> in a process of its own beside a server, sharing its Azurite.</summary>
public class CollectCommandTests
{
    [Fact]
    public async Task Collect_works_with_and_without_a_running_server()
    {
        var data = Directory.CreateTempSubdirectory("registry-collect-").FullName;
        try
        {
            var (server, client) = await ServerProcess.StartAsync(data);
            await using (server)
            {
                using (client)
                {
                    await client.PushBlobAsync("a", RandomBytes(1000));
                    var kept = await client.PushImageAsync("b", "v1", RandomBytes(10));
                    var (dryCode, dry) = await CollectAsync(data, "--dry-run", "--explain");
                    Assert.Equal(0, dryCode);
                    Assert.Contains("MarkedForDeletion Link         a b:sha256:", dry, StringComparison.Ordinal);
                    Assert.Contains("(dry run: nothing was changed)", dry, StringComparison.Ordinal);
                    var (code, text) = await CollectAsync(data);
                    Assert.Equal(0, code);
                    Assert.Contains("Freed 0 B; 1000 B more are unreferenced and can be freed after the grace period.",
                        text, StringComparison.Ordinal);
                    Assert.Equal(kept, await client.GetByteArrayAsync("/v2/b/manifests/v1"));
                }
            }
            // Now with a storage of its own.
            var (jsonCode, json) = await CollectAsync(data, "--json", "--Registry:Storage:GracePeriod=00:00:00.001");
            Assert.Equal(0, jsonCode);
            Assert.Equal(1000, (long)JsonNode.Parse(json[json.IndexOf('{', StringComparison.Ordinal)..])!["freedBytes"]!);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Theory]
    [InlineData("takes 0 operands, not 1", "collect", "everything")]
    [InlineData("Unknown argument --fast", "collect", "--fast")]
    [InlineData("Check Registry:Storage", "collect", "--Registry:Storage:ConnectionString=nonsense")]
    public async Task Invalid_arguments_are_reported_in_one_line(string expected, params string[] args)
    {
        var (code, output) = await ServerProcess.RunAsync(args);
        Assert.Equal(1, code);
        Assert.Contains(expected, Assert.Single(output.Split('\n')), StringComparison.Ordinal);
    }

    static Task<(int ExitCode, string Output)> CollectAsync(string data, params string[] args) =>
        ServerProcess.RunAsync(["collect", "--data", data, .. args]);
}
