using System.Text.RegularExpressions;
using Registry.Http;
using Xunit;

namespace Registry.Tests;

/// <summary>
/// Enforces the dependencies between folders, which docs/design/architecture.md lists in a table, and that the library does not
/// depend on its hosts.
/// </summary>
public partial class ArchitectureTests
{
    const string Root = nameof(Registry);

    /// <summary>
    /// Namespace <c>Registry</c> itself, as the table calls it: the composition root; other folders use only its options.
    /// </summary>
    const string Settings = "settings";

    static readonly string s_source = Path.Combine(SourceTree.Root, "src", "Registry");

    static readonly string[] s_folders = [.. Directory.GetFiles(s_source, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(s_source, file).Split(Path.DirectorySeparatorChar))
        .Where(parts => parts.Length > 1 && parts[0] is not ("bin" or "obj")).Select(parts => parts[0]).Distinct().Order()];

    static readonly Dictionary<string, (string[] Folders, string[] Libraries)> s_table =
        Row().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "design", "architecture.md")))
            .Where(row => s_folders.Contains(row.Groups[1].Value))
            .ToDictionary(row => row.Groups[1].Value, row => (NamesIn(row.Groups[2]), NamesIn(row.Groups[3])));

    public static TheoryData<string> Folders => [.. s_folders];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_uses_the_folders_and_libraries_of_the_table(string folder)
    {
        var used = typeof(RegistryHandler).Assembly.GetTypes()
            .Where(type => type.Namespace == $"{Root}.{folder}")
            .SelectMany(TypeUses.Of)
            .ToHashSet();
        Assert.NotEmpty(used);
        var spaces = used.Select(type => type.Namespace).OfType<string>().Distinct().ToList();
        var folders = spaces.Where(space => space.StartsWith($"{Root}.", StringComparison.Ordinal))
            .Select(space => space[(Root.Length + 1)..])
            .Concat(spaces.Contains(Root) ? [Settings] : []).Where(name => name != folder).Order().ToList();
        Assert.Equal(s_table[folder].Folders.Order(), folders);
        Assert.All(
            used.Where(type => type.Namespace == Root),
            type => Assert.EndsWith("Options", type.Name.TrimEnd('&'), StringComparison.Ordinal));

        var libraries = spaces.Where(space => !IsIn(space, "System.*") && !IsIn(space, $"{Root}.*"));
        Assert.All(libraries, space => Assert.Contains(s_table[folder].Libraries, library => IsIn(space, library)));
    }

    /// <summary>Constants leave no reference in the assembly; the source shows them.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_names_the_folders_of_the_table(string folder)
    {
        var named = new Regex($@"(?<![\w.])(?:{Root}\.)?({string.Join('|', s_folders)})(?=[.;])");
        foreach (var file in Directory.GetFiles(Path.Combine(s_source, folder), "*.cs", SearchOption.AllDirectories))
        {
            var code = Comment().Replace(File.ReadAllText(file), "");
            Assert.Contains($"namespace {Root}.{folder};", code, StringComparison.Ordinal);
            foreach (var name in named.Matches(code).Select(match => match.Groups[1].Value).Where(name => name != folder))
                Assert.True(s_table[folder].Folders.Contains(name), $"{file} uses {name}");
        }
    }

    /// <summary>The limit of .editorconfig, which no compiler or analyzer enforces.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_line_is_longer_than_140_characters(string folder)
    {
        var files = Directory.GetFiles(Path.Combine(SourceTree.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .ToList();
        Assert.NotEmpty(files);
        foreach (var file in files)
            Assert.All(File.ReadLines(file), line => Assert.True(line.Length <= 140, $"{file}: {line}"));
    }

    // S2, S3 (docs/design/hardening.md): a body that is kept in memory counts against the limits of BodyReader.
    [Fact]
    public void Bodies_are_read_in_one_place()
    {
        string[] expected = ["Registry/Http/BodyReader.cs", "Registry/Http/IdleTimeoutStream.cs", "Registry/Http/UploadEndpoints.cs"];
        var sources = Path.Combine(SourceTree.Root, "src");
        var readers = Directory.GetFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(sources, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
            .Where(file => ReadsBody().IsMatch(Comment().Replace(File.ReadAllText(Path.Combine(sources, file)), "")));
        Assert.Equal(expected, readers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Registry_does_not_reference_Functions() => Assert.DoesNotContain(
        typeof(RegistryHandler).Assembly.GetReferencedAssemblies(),
        name => name.Name!.Contains("Functions", StringComparison.Ordinal) || name.Name.Contains("WebJobs", StringComparison.Ordinal));

    [Fact]
    public void No_type_is_named_like_a_namespace()
    {
        var types = typeof(RegistryHandler).Assembly.GetTypes();
        var spaces = types.Select(t => t.Namespace).OfType<string>().SelectMany(n => n.Split('.')).ToHashSet();
        Assert.DoesNotContain(types, t => spaces.Contains(t.Name));
    }

    static string[] NamesIn(Group cell) => [.. Names().Matches(cell.Value).Select(match => match.Value)];

    /// <summary>Whether a namespace is the table's entry or, if that ends with <c>.*</c>, is below it.</summary>
    static bool IsIn(string space, string entry) =>
        entry.EndsWith(".*", StringComparison.Ordinal) ? $"{space}.".StartsWith(entry[..^1], StringComparison.Ordinal) : space == entry;

    [GeneratedRegex(@"^\| (\w+) \|([^|\n]*)\|([^|\n]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"[\w.*]+")]
    private static partial Regex Names();

    /// <summary>The ways to a request's body in ASP.NET Core.</summary>
    [GeneratedRegex(
        @"(?i:request)\.(Body|BodyReader|Form)\b|ReadForm\w*Async\(\)|ReadFromJsonAsync|FormFeature|FromBody|FromForm|EnableBuffering")]
    private static partial Regex ReadsBody();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
