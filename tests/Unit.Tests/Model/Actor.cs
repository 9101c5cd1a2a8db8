using Registry.Storage;

namespace Registry.Tests.Model;

/// <summary>One action: a storage request and its outcome. Without a step: something that the storage does not see.</summary>
readonly record struct Action(ProtocolStep? Step, string Outcome);

/// <summary>
/// An actor that sends storage requests: a program in which each step is one of them. Its whole state is in its
/// <see cref="Locals"/>. The death of its process needs no step of its own: a process that never acts again is explored as one.
/// </summary>
abstract class Actor(string name)
{
    /// <summary>In all programs: the end.</summary>
    protected const byte Ended = byte.MaxValue;

    public string Name => name;

    public int Index { get; set; }

    /// <summary>Number of ways in which it can continue; 0 if it cannot.</summary>
    public abstract int Choices(World world);

    /// <summary>Takes one step.</summary>
    public abstract Action Act(World world, int choice);

    /// <summary>Its deadline has passed.</summary>
    public virtual void GiveUp(World world) => world.Of(this) = new Locals { At = Ended };
}
