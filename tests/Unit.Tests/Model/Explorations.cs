using System.Collections.Concurrent;

namespace Registry.Tests.Model;

/// <summary>Explorations of scenarios, with and without mutations: each is done once in a process, however many tests ask for it.</summary>
static class Explorations
{
    static readonly int s_maxStates = Scenarios.IsDeep ? 40_000_000 : 1_000_000;

    static readonly ConcurrentDictionary<(string Scenario, Mutation? Broken), Lazy<Exploration>> s_done = [];

    /// <summary>All scenarios of the protocol as it is.</summary>
    public static IEnumerable<(Scenario Scenario, Exploration Found)> All => Scenarios.All.Select(scenario => (scenario, Of(scenario)));

    /// <param name="scenario">The scenario to explore.</param>
    /// <param name="broken">The rule that is left out; null for the protocol as it is.</param>
    /// <exception cref="InvalidOperationException">The scenario has more states than can be explored.</exception>
    public static Exploration Of(Scenario scenario, Mutation? broken = null) =>
        s_done.GetOrAdd((scenario.Name, broken), _ => new(() => Explorer.Explore(scenario, broken, s_maxStates))).Value;

    /// <summary>The exploration in which a mutation must be caught.</summary>
    public static Exploration OfCaught(Mutation mutation) => Of(Scenarios.Find(Mutations.Caught[mutation].Scenario), mutation);
}
