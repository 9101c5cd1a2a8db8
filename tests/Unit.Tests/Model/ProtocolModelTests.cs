using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Registry.Http;
using Registry.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Model;

/// <summary>
/// The storage protocol guarantees what docs/design/protocol.md promises, in every interleaving; and each of its rules is
/// needed for that.
/// </summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    static readonly int s_maxStates = Scenarios.IsDeep ? 40_000_000 : 1_000_000;

    static readonly ConcurrentDictionary<string, Exploration> s_explored = [];

    public static TheoryData<string> ScenarioNames => [.. Scenarios.All.Select(scenario => scenario.Name)];

    public static TheoryData<string> Caught => [.. Mutations.Caught.Keys.Select(mutation => mutation.ToString())];

    public static TheoryData<string> Needless => [.. Mutations.Needless.Keys.Select(mutation => mutation.ToString())];

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public void Every_invariant_holds(string name)
    {
        var explored = Explore(name);
        Assert.True(explored.Counterexample is null, explored.Counterexample);
        Assert.True(explored.States >= Scenarios.Find(name).MinStates, $"{explored.States} states are fewer than there must be.");
    }

    [Theory]
    [MemberData(nameof(Caught))]
    public void Every_mutation_violates_an_invariant(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        var (scenario, promise) = Mutations.Caught[mutation];
        var explored = Explorer.Explore(Scenarios.Find(scenario), mutation, s_maxStates);
        output.WriteLine($"{explored.States} states, {explored.Transitions} transitions");
        output.WriteLine(explored.Counterexample ?? "Nothing is broken.");
        Assert.NotNull(explored.Counterexample);
        Assert.Contains(promise, explored.Counterexample, StringComparison.Ordinal);
    }

    /// <summary>
    /// A rule that is kept although no invariant depends on it; if that changes, its reason in docs/design/protocol.md is
    /// wrong.
    /// </summary>
    [Theory]
    [MemberData(nameof(Needless))]
    public void Needless_steps_violate_no_invariant(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        foreach (var scenario in Scenarios.IsDeep ? Scenarios.All : Mutations.Needless[mutation].Select(Scenarios.Find))
        {
            var explored = Explorer.Explore(scenario, mutation, s_maxStates);
            output.WriteLine($"{explored.States} states, {explored.Transitions} transitions: {scenario.Name}");
            Assert.True(explored.Counterexample is null, explored.Counterexample);
        }
    }

    [Fact]
    public void Every_mutation_is_tried() =>
        Assert.Equal(Enum.GetValues<Mutation>().Order(), Mutations.Caught.Keys.Concat(Mutations.Needless.Keys).Order());

    [Fact]
    public void Every_step_is_taken_in_some_scenario() =>
        Assert.Equal(Enum.GetValues<ProtocolStep>(), Scenarios.All.SelectMany(scenario => Explore(scenario.Name).Steps).Distinct().Order());

    [Fact]
    public void The_code_has_the_steps_of_the_model()
    {
        var annotated = typeof(RegistryHandler).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(Declared))
            .SelectMany(method => method.GetCustomAttributes<ProtocolStepAttribute>())
            .Select(attribute => attribute.Step);
        Assert.Equal(Scenarios.All.SelectMany(scenario => Explore(scenario.Name).Steps).Distinct().Order(), annotated.Distinct().Order());
    }

    /// <summary>Explores each scenario once for all tests.</summary>
    Exploration Explore(string name) => s_explored.GetOrAdd(name, _ =>
    {
        var clock = Stopwatch.StartNew();
        var explored = Explorer.Explore(Scenarios.Find(name), null, s_maxStates);
        output.WriteLine($"{explored.States} states, {explored.Transitions} transitions, {clock.ElapsedMilliseconds} ms: {name}");
        return explored;
    });
}
