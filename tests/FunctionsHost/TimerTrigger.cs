using NCrontab;
using Registry.FunctionsHost.Protocol;

namespace Registry.FunctionsHost;

/// <summary>Invokes a function by its schedule: never again before it has ended.</summary>
sealed class TimerTrigger(Workers workers, Function function) : BackgroundService
{
    readonly CrontabSchedule _schedule = CrontabSchedule.Parse(function.Schedule, new() { IncludingSeconds = true });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var now = DateTime.Now;
            await Task.Delay(_schedule.GetNextOccurrence(now) - now, stoppingToken);
            await InvokeAsync(stoppingToken);
        }
    }

    /// <summary>Invokes it now, and waits until it has ended. A failure is written to the console: the schedule goes on.</summary>
    public async Task InvokeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var worker = await workers.GetAsync(cancellationToken);
            var timer = new Data { Json = """{"ScheduleStatus":null,"IsPastDue":false}""" };
            var invocation = new InvocationRequest
            {
                Id = Guid.NewGuid().ToString(),
                Inputs = { new Input { Name = function.Parameter, Data = timer } },
            };
            await worker.InvokeAsync(function, invocation, cancellationToken);
            Console.WriteLine($"Function.{function.Name} has ended.");
        }
        catch (WorkerException e)
        {
            Console.Error.WriteLine($"Function.{function.Name} failed: {e.Message}");
        }
    }
}
