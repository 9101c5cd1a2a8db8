using System.Text;
using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>Result of an exploration.</summary>
/// <param name="States">Number of different states.</param>
/// <param name="Transitions">Number of steps between them.</param>
/// <param name="Steps">Steps of the protocol that were taken.</param>
/// <param name="Counterexample">The shortest path to a state that violates an invariant; null if there is none.</param>
sealed record Exploration(int States, long Transitions, HashSet<ProtocolStep> Steps, string? Counterexample);

/// <summary>
/// Explores all states that a scenario can reach, breadth first, with every interleaving and every passage of time.
/// </summary>
static class Explorer
{
    /// <summary>
    /// Passes after which all garbage is gone: mark, unlink, disown, and the references of a deleted manifest.
    /// </summary>
    const int Passes = 5;

    const int Tick = -1;

    /// <param name="scenario">Initial state and actors.</param>
    /// <param name="broken">The mutation of the protocol; null for none.</param>
    /// <param name="limit">Maximum number of states.</param>
    public static Exploration Explore(Scenario scenario, Mutation? broken, int limit)
    {
        var scope = scenario.Create(broken);
        var start = new World(scope);
        scenario.Prepare(start);
        var seen = new HashSet<UInt128> { start.Hash(storageOnly: false) };
        var settled = new HashSet<UInt128>();
        var origins = new List<(int Parent, sbyte Actor, byte Choice)> { (-1, 0, 0) };
        var steps = new HashSet<ProtocolStep>();
        var queue = new Queue<(int Id, World World)>([(0, start)]);
        var free = new Stack<World>();
        var transitions = 0L;
        var rest = new World(scope);
        var next = new World(scope);
        if (FindFault(start) is { } wrong) throw new InvalidOperationException($"{scenario.Name} begins wrongly: {wrong}");

        while (queue.TryDequeue(out var current))
        {
            for (var actor = Tick; actor < scope.Actors.Length; actor++)
            {
                var choices = actor == Tick ? 1 : scope.Actors[actor].Choices(current.World);
                for (var choice = 0; choice < choices; choice++)
                {
                    next.CopyFrom(current.World);
                    if (actor == Tick) next.Tick();
                    else if (scope.Actors[actor].Act(next, choice).Step is { } step) steps.Add(step);
                    transitions++;
                    var isNew = seen.Add(next.Hash(storageOnly: false));
                    if (!isNew && next.Violation is null) continue;
                    origins.Add((current.Id, (sbyte)actor, (byte)choice));
                    if (FindFault(next) is { } fault)
                        return new(seen.Count, transitions, steps, Describe(scenario, broken, origins, fault));
                    if (seen.Count > limit) throw new InvalidOperationException($"{scenario.Name} has more than {limit} states.");
                    queue.Enqueue((origins.Count - 1, next));
                    if (!free.TryPop(out next!)) next = new World(scope);
                }
            }
            free.Push(current.World);
        }
        return new(seen.Count, transitions, steps, null);

        string? FindFault(World world)
        {
            if ((world.Violation ?? Invariants.FindBroken(world)) is { } fault) return fault;
            if (!settled.Add(world.Hash(storageOnly: true))) return null;
            rest.CopyFrom(world);
            Settle(rest);
            return Invariants.FindBroken(rest) is { } broken ? $"After collection: {broken}"
                : Invariants.FindGarbage(rest) is { } left ? $"After collection: {left}" : null;
        }
    }

    /// <summary>
    /// All clients and collectors die; then one collector runs pass after pass, with a long time between them.
    /// </summary>
    static void Settle(World world)
    {
        var collector = world.Scope.Actors.OfType<Collector>().First();
        for (var pass = 0; pass < Passes; pass++)
        {
            world.Rest();
            collector.Pass(world);
        }
    }

    /// <summary>Replays the path to the last state and describes each action and the rows that it changed.</summary>
    static string Describe(Scenario scenario, Mutation? broken, List<(int Parent, sbyte Actor, byte Choice)> origins, string fault)
    {
        var path = new Stack<(sbyte Actor, byte Choice)>();
        for (var id = origins.Count - 1; origins[id].Parent >= 0; id = origins[id].Parent)
            path.Push((origins[id].Actor, origins[id].Choice));
        var scope = scenario.Create(broken);
        var (world, before) = (new World(scope), new World(scope));
        scenario.Prepare(world);
        var text = new StringBuilder().AppendLine($"{scenario.Name}{(broken is null ? "" : $" with {broken}")}: {fault}")
            .AppendLine("    in the beginning:");
        WriteChanges(text, before, world);
        foreach (var (actor, choice) in path)
        {
            before.CopyFrom(world);
            if (actor == Tick)
            {
                world.Tick();
                text.AppendLine("    a tick");
            }
            else
            {
                var (step, outcome) = scope.Actors[actor].Act(world, choice);
                text.AppendLine($"    {scope.Actors[actor].Name}: {step}{(step is null ? "" : ", ")}{outcome}");
                WriteChanges(text, before, world);
            }
        }
        return text.AppendLine($"    {fault}").ToString();
    }

    static void WriteChanges(StringBuilder text, World before, World after)
    {
        var scope = after.Scope;
        for (var i = 0; i < scope.Rows; i++)
        {
            var (a, b) = (before[i], after[i]);
            if (a.ETag == b.ETag && a.Value == b.Value) continue;
            var what = !b.Exists ? "deleted"
                : $"{(a.Exists ? "" : "new, ")}{b.Value}{(b.MarkedForDeletion ? ", marked for deletion" : "")}" +
                    $"{(b.Done ? ", done" : "")}{(b.Age > 0 ? $", age {b.Age}" : "")}";
            text.AppendLine($"        {scope.NameOf(i)}: {what}");
        }
    }
}
