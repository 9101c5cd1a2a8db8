using System.Reflection;
using System.Text.RegularExpressions;
using Registry.Http;
using Xunit;

namespace Registry.Tests;

/// <summary>Holds the arrows of the tree: Http → GarbageCollection → Access → Storage and Policies → Oci, and a library that knows nothing of its hosts.</summary>
public partial class ArchitectureTests
{
    static readonly string s_source = Path.Combine(FindRoot(), "src", "Registry");

    [Theory]
    [InlineData("GarbageCollection", "Registry.Http", "Registry.Hashing", "Microsoft.AspNetCore")]
    [InlineData("Policies", "Registry.GarbageCollection", "Registry.Http", "Registry.Storage", "Registry.Hashing", "Registry.Access", "Azure", "Microsoft")]
    [InlineData("Access", "Registry.GarbageCollection", "Registry.Http", "Registry.Hashing", "Azure.Storage")]
    [InlineData("Oci", "Registry.GarbageCollection", "Registry.Http", "Registry.Access", "Registry.Policies", "Registry.Storage", "Registry.Hashing", "Azure", "Microsoft")]
    [InlineData("Hashing", "Registry.Http", "Registry.Access", "Registry.Policies", "Registry.Storage", "Azure", "Microsoft")]
    [InlineData("Storage", "Registry.GarbageCollection", "Registry.Http", "Registry.Access", "Registry.Policies", "Registry.Integrity", "Registry.Backup", "Microsoft.AspNetCore")]
    [InlineData("Integrity", "Registry.Http", "Registry.Access", "Registry.Policies", "Registry.Backup", "Registry.GarbageCollection", "Microsoft.AspNetCore")]
    [InlineData("Backup", "Registry.Http", "Registry.Access", "Registry.Policies", "Registry.Integrity", "Registry.GarbageCollection", "Microsoft.AspNetCore")]
    [InlineData("Http", "Azure.Data", "Azure.Storage", "Registry.Pages")]
    [InlineData("Pages", "Registry.", "Azure")]
    public void A_folder_uses_only_what_lies_below_it(string folder, params string[] forbidden)
    {
        var files = Directory.GetFiles(Path.Combine(s_source, folder), "*.cs");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            foreach (Match used in Using().Matches(File.ReadAllText(file)))
                Assert.False(forbidden.Any(prefix => used.Groups[1].Value.StartsWith(prefix, StringComparison.Ordinal)), $"{file} uses {used.Groups[1]}");
        }
    }

    [Fact]
    public void The_registry_knows_nothing_of_functions() => Assert.DoesNotContain(
        typeof(RegistryHandler).Assembly.GetReferencedAssemblies(),
        (AssemblyName name) => name.Name!.Contains("Functions", StringComparison.Ordinal) || name.Name.Contains("WebJobs", StringComparison.Ordinal));

    [Fact]
    public void No_type_is_named_like_a_namespace()
    {
        var types = typeof(RegistryHandler).Assembly.GetTypes();
        var spaces = types.Select(t => t.Namespace).OfType<string>().SelectMany(n => n.Split('.')).ToHashSet();
        Assert.DoesNotContain(types, t => spaces.Contains(t.Name));
    }

    internal static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Functions.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();
}
