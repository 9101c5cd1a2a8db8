using System.Diagnostics;
using Registry.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Model;

/// <summary>The storage protocol holds what docs/protocol.md promises, whoever acts when; and every rule of it is needed for that.</summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    const int MaxStates = 3_000_000;

    [Fact]
    public void No_scenario_breaks_a_promise()
    {
        var steps = new HashSet<ProtocolStep>();
        foreach (var scenario in Scenarios.All)
        {
            var clock = Stopwatch.StartNew();
            var explored = Explorer.Explore(scenario, null, MaxStates);
            output.WriteLine($"{explored.States,8} states {explored.Transitions,9} transitions {clock.ElapsedMilliseconds,6} ms  {scenario.Name}");
            if (explored.Counterexample is not null) output.WriteLine(explored.Counterexample);
            steps.UnionWith(explored.Steps);
        }
        output.WriteLine("not reached: " + string.Join(", ", Enum.GetValues<ProtocolStep>().Except(steps)));
    }

    [Fact]
    public void Mutations()
    {
        foreach (var mutation in Enum.GetValues<Mutation>())
        {
            var clock = Stopwatch.StartNew();
            var found = Scenarios.All.Select(s => (s, Explorer.Explore(s, mutation, MaxStates).Counterexample)).FirstOrDefault(x => x.Counterexample is not null);
            output.WriteLine($"{mutation,-35} {clock.ElapsedMilliseconds,6} ms {found.s?.Name ?? "NOT CAUGHT"} {found.Counterexample?.Split('\n').Length} {found.Counterexample?.Split('\n')[0]}");
        }
    }
}
