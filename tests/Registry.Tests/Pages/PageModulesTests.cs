using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>
/// The checks of <c>src/Web</c>: its linter, its formatter, and its tests of modules and components, which need no browser.
/// </summary>
public partial class PageModulesTests
{
    static readonly string s_web = Path.Combine(ArchitectureTests.FindRoot(), "src", "Web");

    /// <summary>The build installs only what it needs itself.</summary>
    static readonly Lazy<Task> s_devDependencies = new(async () =>
    {
        if (!Directory.Exists(Path.Combine(s_web, "node_modules", "vitest")))
            (await Command.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], s_web)).Succeeded();
    });

    [Theory]
    [InlineData("lint")]
    [InlineData("format:check")]
    [InlineData("check")]
    public async Task Sources_pass(string script) => (await RunAsync(script)).Succeeded();

    [Fact]
    public async Task Modules_and_components_pass_their_tests()
    {
        // Tests compress with it what the web UI decompresses.
        var zstd = await ClientPrograms.FindAsync("zstd");
        var run = await RunAsync("test",
            ("PATH", $"{Path.GetDirectoryName(zstd.Path)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}"));
        run.Succeeded();
        var summary = Summary().Match(run.Output);
        Assert.True(summary.Success, run.ToString());
        Assert.True(int.Parse(summary.Groups[1].Value, CultureInfo.InvariantCulture) > 100, run.ToString());
    }

    static async Task<Command> RunAsync(string script, params (string Name, string Value)[] variables)
    {
        await s_devDependencies.Value;
        var environment = variables.Append(("NO_COLOR", "1")).ToDictionary(v => v.Item1, v => v.Item2);
        return await Command.RunAsync("npm", ["run", script], s_web, environment, timeout: TimeSpan.FromMinutes(8));
    }

    // Skipped or failed tests would be listed beside passed ones.
    [GeneratedRegex(@"^\s+Tests\s+(\d+) passed \(\1\)\s*$", RegexOptions.Multiline)]
    private static partial Regex Summary();
}
