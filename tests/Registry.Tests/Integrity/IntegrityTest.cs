using System.Net;
using Azure.Storage.Blobs.Models;
using Registry.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>
/// Damages the storage directly: exactly that damage is reported, then repaired, and everything is served again.
/// </summary>
/// <param name="registry">Shared by all tests of a class; each restores its state.</param>
/// <param name="many">Whether the repository has a manifest of many layers, which makes a check ten times as expensive.</param>
public abstract class IntegrityTest(HealthyRegistry registry, bool many = false) : IClassFixture<HealthyRegistry>, IAsyncLifetime
{
    PushedRepository? _pushed;

    private protected HealthyRegistry Registry => registry;

    private protected PushedRepository Pushed => _pushed!;

    private protected string Name => Pushed.Name;

    public async Task InitializeAsync() => _pushed = await registry.TakeAsync(many);

    public Task DisposeAsync() => Task.CompletedTask;

    private protected string Referrer(byte[] manifest) => $"r:{DigestOf(Pushed.Image)}:{DigestOf(manifest)}";

    private protected static string Manifest(byte[] manifest) => $"m:{DigestOf(manifest)}";

    private protected static string Link(byte[] blob) => $"b:{DigestOf(blob)}";

    private protected async Task OverwriteAsync(string name, byte[] bytes) =>
        await registry.Blobs.GetBlobClient(name).UploadAsync(new BinaryData(bytes), new BlobUploadOptions());

    private protected async Task AssertServedAsync()
    {
        await using var fresh = await registry.StartAsync();
        await Pushed.AssertServedAsync(fresh.Client);
        registry.Return(Pushed);
    }

    private protected async Task AssertFoundAsync(bool digests, params (FindingKind, string)[] expected)
    {
        var (report, findings) = await registry.CheckAsync(digests);
        Assert.Equal(expected.Order(), findings.Select(finding => (finding.Kind, finding.Row)).Order());
        Assert.All(findings, finding => Assert.Equal(FindingState.Found, finding.State));
        Assert.Equal(findings.All(finding => finding.IsWarning), report.IsSound);
    }

    /// <summary>Damages, finds exactly that, repairs it, finds nothing any more, and reads everything.</summary>
    private protected async Task RepairAsync(Func<Task> damage, params (FindingKind, string)[] expected)
    {
        await damage();
        await AssertFoundAsync(digests: false, expected);
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.True(report.IsSound, string.Join('\n', findings));
        Assert.All(findings, finding => Assert.Equal(FindingState.Repaired, finding.State));
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    /// <summary>After a repair, the registry reports lost bytes as missing, and accepts them again.</summary>
    private protected async Task PushAgainAsync(byte[] blob, bool digests, (FindingKind Kind, string Row) lost)
    {
        var (report, findings) = await registry.CheckAsync(digests, repair: true);
        Assert.Contains(findings, finding => (finding.Kind, finding.Row, finding.State) == (lost.Kind, lost.Row, FindingState.Repaired));
        var left = Assert.Single(findings, finding => finding.State == FindingState.Left);
        Assert.Equal((FindingKind.BlobMissing, Link(blob), 1), (left.Kind, left.Row, report.Left));
        Assert.Contains($"push {DigestOf(blob)} to {Name} again", left.Advice, StringComparison.Ordinal);

        using var head = await registry.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{Name}/blobs/{DigestOf(blob)}"));
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        await registry.Client.PushBlobAsync(Name, blob);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }
}
