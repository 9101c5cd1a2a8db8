using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>A test of the permissions of clients at a registry with a policy.</summary>
public abstract class AccessTest(TestRegistry registry, AccessFixture fixture, ITestOutputHelper output) : ClientTest(registry, output)
{
    protected AccessFixture Fixture { get; } = fixture;

    protected string Host => Fixture.Registry.Host;

    protected static bool MayPull(string who) => who != "anonymous";

    protected static bool MayPush(string who) => who is "pusher" or "github" or "entra" or "owner";

    protected static bool MayOverwrite(string who) => who == "owner";

    protected static bool MayDelete(string who) => who == "owner";

    protected static bool MayList(string who) => who is "reader" or "owner";

    /// <summary>Pushes an image into the caller's own repository, a public one, and a foreign one.</summary>
    protected async Task<(string Own, string Open, string Foreign)> PrepareAsync()
    {
        var names = (Own: Fixture.NewName("own"), Open: Fixture.NewName("public"), Foreign: Fixture.NewName("foreign"));
        foreach (var name in new[] { names.Own, names.Open, names.Foreign })
        {
            OciLayout.Create(PathOf("layout"), "amd64");
            await RunAsync($"crane push layout {Registry.Host}/{name}:v1");
            Directory.Delete(PathOf("layout"), recursive: true);
        }
        return names;
    }

    /// <summary>Runs a client that has to succeed, or else to report a refusal.</summary>
    /// <returns>Its output.</returns>
    protected async Task<string> TryAsync(bool expected, string line)
    {
        var command = await TryAsync(line);
        if (expected) command.Succeeded();
        else Assert.Matches("(?i)unauthorized|denied|401|403|authentication required", command.Failed().Errors + command.Output);
        return command.Output + command.Errors;
    }
}
