namespace Registry.Storage;

/// <summary>
/// Other requests changed the same rows at each attempt, or the rows contradict each other. This operation changed nothing.
/// </summary>
public sealed class ContentionException() : Exception("The operation lost the race for the rows that it changes at every attempt.");

/// <summary>Retries with a random delay, so that competing requests do not collide again, up to a maximum number of attempts.</summary>
static class Contention
{
    const int MaxAttempts = 50;

    /// <summary>Waits before an attempt; the first is made without delay.</summary>
    /// <exception cref="ContentionException">The maximum number of attempts is reached.</exception>
    public static async Task BeforeAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt >= MaxAttempts) throw new ContentionException();
        if (attempt > 0) await Task.Delay(Random.Shared.Next(5, 20 + 10 * attempt), cancellationToken);
    }
}
