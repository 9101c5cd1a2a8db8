namespace Registry.Tests;

/// <summary>
/// <c>CI_FULL=1</c> also runs slow sizes: larger content, deeper models, longer soaks. The default run has the same tests in
/// the sizes that find most faults.
/// </summary>
static class FullRun
{
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("CI_FULL") == "1";
}
