namespace Registry.Tests.FaultInjection;

/// <summary>What happens to one request to the storage.</summary>
enum Fault
{
    None,

    /// <summary>503 ServerBusy, not forwarded.</summary>
    Busy,

    /// <summary>429, not forwarded.</summary>
    TooMany,

    /// <summary>500, not forwarded.</summary>
    Internal,

    /// <summary>The connection is cut before anything is forwarded.</summary>
    Dropped,

    /// <summary>Forwarded late, and answered.</summary>
    Delayed,

    /// <summary>
    /// The connection is cut at once, and the request is executed late, when the sender has retried or given up.
    /// </summary>
    Abandoned,

    /// <summary>Executed; then the connection is cut before the answer.</summary>
    AnswerLost,

    /// <summary>Executed; then the connection is cut within the answer's body.</summary>
    AnswerCut,

    /// <summary>Executed; then the answer is delayed beyond the sender's timeout, and lost.</summary>
    AnswerHeld,

    /// <summary>The storage receives half of the request's body, then the connection is cut.</summary>
    BodyCut,
}

/// <summary>Draws what happens to each request, in the order of arrival.</summary>
sealed class FaultPlan(Random random, double rate, TimeSpan longestDelay, TimeSpan longestHold)
{
    static readonly (Fault Fault, int Weight)[] s_weights =
    [
        (Fault.Busy, 12), (Fault.TooMany, 8), (Fault.Internal, 8), (Fault.Dropped, 12), (Fault.Delayed, 15), (Fault.Abandoned, 12),
        (Fault.AnswerLost, 15), (Fault.AnswerCut, 10), (Fault.AnswerHeld, 4), (Fault.BodyCut, 8),
    ];

    static readonly int s_sum = s_weights.Sum(weight => weight.Weight);

    readonly Lock _lock = new();

    /// <summary>The next fault, and its duration.</summary>
    public (Fault Fault, TimeSpan Time) Next()
    {
        lock (_lock)
        {
            if (random.NextDouble() >= rate) return (Fault.None, TimeSpan.Zero);
            var draw = random.Next(s_sum);
            var i = 0;
            while (draw >= s_weights[i].Weight) draw -= s_weights[i++].Weight;
            var fault = s_weights[i].Fault;
            return (fault, random.NextDouble() * (fault == Fault.AnswerHeld ? longestHold : longestDelay));
        }
    }
}
