using Microsoft.Extensions.Hosting;

namespace Registry.Access;

/// <summary>Writes the number of challenges to the audit log every few minutes, and when the host stops.</summary>
sealed class ChallengeSummary(ChallengeCounter challenges, AuditLog audit, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Write();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync writes the rest.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Write();
    }

    void Write()
    {
        if (challenges.Take() is > 0 and var count) audit.WriteChallenges(count);
    }
}
