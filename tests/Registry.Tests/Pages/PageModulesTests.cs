using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>The tests that the pages' own modules have in <c>src/Web/test</c>: readers of formats, mostly, which need no browser.</summary>
public partial class PageModulesTests
{
    [Fact]
    public async Task Modules_pass_their_tests()
    {
        // They pack with it what the pages unpack.
        var zstd = await ClientPrograms.FindAsync("zstd");
        var environment = new Dictionary<string, string> { ["PATH"] = $"{Path.GetDirectoryName(zstd.Path)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}" };
        var run = await Command.RunAsync("node", ["test.mjs"], Path.Combine(ArchitectureTests.FindRoot(), "src", "Web"), environment, timeout: TimeSpan.FromMinutes(8));
        run.Succeeded();
        var summary = Summary().Match(run.Output);
        Assert.True(summary.Success, run.ToString());
        Assert.True(int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture) > 100, run.ToString());
    }

    [GeneratedRegex(@"^. pass (\d+)\s+. fail 0\s", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
