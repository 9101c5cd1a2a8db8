using Xunit;

namespace Registry.Tests;

/// <summary>
/// <c>CI_FULL=1</c> also runs slow sizes: larger content, deeper models, longer soaks. The default run has the same tests in
/// the sizes that find most faults.
/// </summary>
static class FullRun
{
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("CI_FULL") == "1";
}

/// <summary>A test of the full run alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class FullRunFactAttribute : FactAttribute
{
    public FullRunFactAttribute() => Skip = FullRun.Enabled ? null : "only in the full run, CI_FULL=1";
}

/// <summary>Cases of the full run alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class FullRunTheoryAttribute : TheoryAttribute
{
    public FullRunTheoryAttribute() => Skip = FullRun.Enabled ? null : "only in the full run, CI_FULL=1";
}
