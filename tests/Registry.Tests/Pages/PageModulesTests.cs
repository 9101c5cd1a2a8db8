using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>
/// The checks of <c>src/Web</c>: its linter, its formatter, and its tests of modules and components, which need no browser.
/// </summary>
public partial class PageModulesTests(WebSources sources) : IClassFixture<WebSources>
{
    [Theory]
    [InlineData("lint")]
    [InlineData("format:check")]
    [InlineData("check")]
    public async Task Sources_pass(string script) => (await sources.RunAsync(script)).Succeeded();

    [Fact]
    public async Task Modules_and_components_pass_their_tests()
    {
        // Tests compress with it what the web UI decompresses.
        var zstd = await ClientPrograms.FindAsync("zstd");
        var run = await sources.RunAsync("test",
            ("PATH", $"{Path.GetDirectoryName(zstd.Path)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}"));
        run.Succeeded();
        var summary = Summary().Match(run.Output);
        Assert.True(summary.Success, run.ToString());
        Assert.True(int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture) > 100, run.ToString());
    }

    // Skipped or failed tests would be listed beside passed ones.
    [GeneratedRegex(@"^\s+Tests\s+(\d+) passed \(\1\)\s*$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
