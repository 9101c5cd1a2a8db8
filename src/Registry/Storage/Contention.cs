namespace Registry.Storage;

/// <summary>Others changed the same rows again and again in between, or the rows contradict each other: nothing was done.</summary>
public sealed class ContentionException() : Exception("An operation lost every race for the rows that it changes.");

/// <summary>Repeats what lost a race: at another moment than those who are in the way, and not forever.</summary>
static class Contention
{
    const int MaxAttempts = 50;

    /// <summary>Waits before an attempt; the first is made at once.</summary>
    /// <exception cref="ContentionException">There were enough.</exception>
    public static async Task BeforeAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt >= MaxAttempts) throw new ContentionException();
        if (attempt > 0) await Task.Delay(Random.Shared.Next(5, 20 + 10 * attempt), cancellationToken);
    }
}
