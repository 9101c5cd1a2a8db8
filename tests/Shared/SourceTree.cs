namespace Registry.Tests;

/// <summary>The source tree that the tests were built from.</summary>
static class SourceTree
{
    /// <summary>The folder of <c>Functions.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Functions.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
