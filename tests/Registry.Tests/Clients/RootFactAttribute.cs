using Xunit;

namespace Registry.Tests.Clients;

/// <summary>A test of a client that needs root, to mount or to unpack images: skipped with a reason without it, but never in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = SkipReason;

    public static string? SkipReason { get; } =
        Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true" ? null : "This client needs root.";
}
