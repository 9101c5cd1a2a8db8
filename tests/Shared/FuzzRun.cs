using System.Globalization;

namespace Registry.Tests;

/// <summary>
/// How long the fuzz tests search: with <c>FUZZ_SECONDS</c> that many seconds for each target, from a seed of its own; otherwise for a
/// moment and with the same inputs in each run. <c>FUZZ_SEED</c> repeats a run.
/// </summary>
static class FuzzRun
{
    static readonly int? s_seconds = Read("FUZZ_SECONDS");

    public static int Seed { get; } = Read("FUZZ_SEED") ?? (s_seconds is null ? 1 : Environment.TickCount);

    public static TimeSpan Length(int usual) => TimeSpan.FromSeconds(s_seconds ?? usual);

    static int? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
