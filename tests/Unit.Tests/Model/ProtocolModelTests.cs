using Registry.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Model;

/// <summary>The storage protocol keeps the promises of docs/design/protocol.md in every interleaving, and needs all its rules.</summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    public static TheoryData<string> ScenarioNames => [.. Scenarios.All.Select(scenario => scenario.Name)];

    public static TheoryData<string> Caught => [.. Mutations.Caught.Keys.Select(mutation => mutation.ToString())];

    public static TheoryData<string> Needless => [.. Mutations.Needless.Keys.Select(mutation => mutation.ToString())];

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public void Every_promise_is_kept(string name)
    {
        var scenario = Scenarios.Find(name);
        var explored = Explorations.Of(scenario);
        output.WriteLine($"{explored.States} states, {explored.Transitions} transitions");
        Assert.True(explored.Counterexample is null, explored.Counterexample);
        Assert.True(explored.States >= scenario.MinStates, $"{explored.States} states are fewer than there must be.");
    }

    [Theory]
    [MemberData(nameof(Caught))]
    public void What_is_left_out_of_the_protocol_breaks_a_promise(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        var explored = Explorations.OfCaught(mutation);
        output.WriteLine($"{explored.States} states, {explored.Transitions} transitions");
        output.WriteLine(explored.Counterexample ?? "Nothing is broken.");
        Assert.NotNull(explored.Counterexample);
        Assert.Contains(Mutations.Caught[mutation].Promise, explored.Counterexample, StringComparison.Ordinal);
    }

    /// <summary>If something comes to depend on such a rule, its reason in <see cref="Mutations.Needless"/> is wrong.</summary>
    [Theory]
    [MemberData(nameof(Needless))]
    public void What_is_not_needed_breaks_nothing(string name)
    {
        var mutation = Enum.Parse<Mutation>(name);
        foreach (var scenario in Scenarios.IsDeep ? Scenarios.All : Mutations.Needless[mutation].Scenarios.Select(Scenarios.Find))
        {
            var explored = Explorations.Of(scenario, mutation);
            output.WriteLine($"{explored.States} states, {explored.Transitions} transitions: {scenario.Name}");
            Assert.True(explored.Counterexample is null, explored.Counterexample);
        }
    }

    [Fact]
    public void Every_mutation_is_tried() =>
        Assert.Equal(Enum.GetValues<Mutation>().Order(), Mutations.Caught.Keys.Concat(Mutations.Needless.Keys).Order());

    [Fact]
    public void Every_step_is_taken_in_some_scenario() => Assert.Equal(Enum.GetValues<ProtocolStep>(), StepsInModel());

    [Fact]
    public void The_code_has_the_steps_of_the_model() =>
        Assert.Equal(StepsInModel(), ProtocolTables.StepsInCode.Select(taken => taken.Step).Distinct().Order());

    /// <summary>UPDATE_DOCS=1 rewrites the tables instead of comparing them.</summary>
    [SkippableFact]
    public async Task The_tables_in_the_docs_are_what_the_model_finds()
    {
        Skip.If(Scenarios.IsDeep, "The document has the figures of the default exploration.");
        var path = Path.Combine(SourceTree.Root, "docs", "design", "protocol.md");
        var document = await File.ReadAllTextAsync(path);
        var filled = ProtocolTables.Fill(document);
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") await File.WriteAllTextAsync(path, filled);
        else Assert.Equal(filled, document);
    }

    static IEnumerable<ProtocolStep> StepsInModel() => Explorations.All.SelectMany(row => row.Found.Steps).Distinct().Order();
}
