using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>What an actor did: one request to the storage, and how that ended. Without a step: something that the storage does not see.</summary>
readonly record struct Action(ProtocolStep? Step, string Outcome);

/// <summary>
/// Somebody who sends requests to the storage: a program of which each step is one of them. Nothing that it knows is kept but
/// in its <see cref="Locals"/>. That its process dies needs no step of its own: it is one who never acts again, and is explored as such.
/// </summary>
abstract class Actor(string name)
{
    /// <summary>Of all programs: it has come to its end.</summary>
    protected const byte Ended = byte.MaxValue;

    public string Name => name;

    public int Index { get; set; }

    /// <summary>In how many ways it can go on; 0 when it cannot.</summary>
    public abstract int Choices(World world);

    /// <summary>Takes one step.</summary>
    public abstract Action Act(World world, int choice);

    /// <summary>Its deadline is over.</summary>
    public virtual void GiveUp(World world) => world.Of(this) = new Locals { At = Ended };
}
