using System.Text.RegularExpressions;
using Xunit;

namespace Registry.Tests;

/// <summary>The table of docs/design/hardening.md and the comments of tests name the same ids.</summary>
public partial class HardeningTests
{
    [Fact]
    public void Every_row_has_its_tests_and_every_test_its_row()
    {
        var listed = Row().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "design", "hardening.md")))
            .SelectMany(row => Name().Matches(row.Groups["tests"].Value)
                .Select(name => $"{row.Groups["id"].Value} {Path.GetFileNameWithoutExtension(name.Groups[1].Value)}"))
            .Order();
        var folders = new[] { Path.Combine(SourceTree.Root, "tests"), Path.Combine(SourceTree.Root, "src", "Web", "test") };
        var named = folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.*", SearchOption.AllDirectories))
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".ts", StringComparison.Ordinal))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Comment().Matches(File.ReadAllText(file))
                .SelectMany(comment => Id().Matches(comment.Groups[1].Value))
                .Select(id => $"{id.Value} {Path.GetFileNameWithoutExtension(file)}"))
            .Distinct()
            .Order();
        Assert.Equal(listed, named);
    }

    [GeneratedRegex(@"^\| (?<id>[A-Z]\d+) \|.*\| (?<tests>`[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"//.*?((?:[FPSU]\d+(?:, )?)+)\s*\(docs/design/hardening\.md\)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"[FPSU]\d+")]
    private static partial Regex Id();
}
