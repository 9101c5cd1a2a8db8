using System.Net;

namespace Registry.FunctionsHost;

/// <summary>
/// A small host for the Functions app: it speaks the public protocol with the worker, as the Azure Functions host does, for tests and for
/// machines without Core Tools.
/// </summary>
/// <remarks>
/// As the real host (4.1037) it starts the worker, takes its functions from the worker's metadata, routes by <c>route</c>,
/// <c>methods</c> and the prefix of host.json, reads bodies of known length before it invokes the function, answers 500 to larger ones
/// than <c>FUNCTIONS_REQUEST_BODY_SIZE_LIMIT</c>, replaces <c>X-Forwarded-For</c> and passes the original headers with the invocation,
/// runs timers, starts a crashed worker again until the third crash, and lets requests and the worker end at SIGTERM.
/// It does not imitate: the memory that the real host takes for a body (about four times its length), keys and authorization levels,
/// disabled functions, function timeouts, retries, levels of logs in host.json, Application Insights, the binding data of query and
/// body, states of timers in the storage, several workers or instances, scaling, placeholders and cold starts, and bindings other than
/// HTTP and timers. Its admin API is one call, for which it needs no key: <c>POST /admin/functions/{name}</c> runs a timer now.
/// </remarks>
static class Host
{
    /// <summary>In which running requests may end. Azure gives them up to an hour.</summary>
    static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Runs until SIGTERM, Ctrl-C, or the worker's third crash.</summary>
    /// <exception cref="WorkerException">The worker crashed too often.</exception>
    public static async Task RunAsync(Settings settings)
    {
        await using var rpc = await RpcServer.StartAsync();
        await using var workers = new Workers(() => Worker.Start(settings.App, rpc, settings.Values));
        await using var app = Build(settings, workers, (await workers.GetAsync(rpc.Stopping)).Functions);
        await app.StartAsync();
        Console.WriteLine($"The registry is at {app.Urls.Single()}, run by a stand-in for the Functions host. Ctrl-C stops it.");

        var stopped = app.WaitForShutdownAsync();
        if (await Task.WhenAny(stopped, workers.GivenUp) == stopped) return;
        await app.StopAsync();
        // Throws what the worker ended with.
        await workers.GetAsync(CancellationToken.None);
    }

    static WebApplication Build(Settings settings, Workers workers, IReadOnlyList<Function> functions)
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddHttpForwarder().AddSingleton(workers).AddSingleton<HttpTrigger>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_shutdownTimeout);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, settings.Port);
            kestrel.Limits.MaxRequestBodySize = settings.BodyLimit;
        });
        var timers = functions.Where(function => function.TriggerType == "timerTrigger")
            .ToDictionary(function => function.Name, function => new TimerTrigger(workers, function));
        foreach (var timer in timers.Values) builder.Services.AddSingleton<IHostedService>(timer);
        var app = builder.Build();
        app.Lifetime.ApplicationStopping.Register(() => Console.WriteLine("Running requests end, then the worker does."));

        // Methods that no function takes are 404 at the real host.
        app.Use((context, next) =>
            context.GetEndpoint()?.DisplayName == "405 HTTP Method Not Supported" ? NotFound(context) : next(context));
        foreach (var function in functions)
        {
            if (timers.TryGetValue(function.Name, out var timer))
                app.MapPost($"/admin/functions/{function.Name}", () => timer.InvokeAsync(app.Lifetime.ApplicationStopping));
            else if (function.TriggerType == "httpTrigger")
                app.MapMethods($"{settings.RoutePrefix}/{function.Route}", function.Methods, Invoke(function));
            else
                throw new WorkerException($"This host has no trigger {function.TriggerType}, which function {function.Name} needs.");
        }
        return app;
    }

    static RequestDelegate Invoke(Function function) =>
        context => context.RequestServices.GetRequiredService<HttpTrigger>().InvokeAsync(context, function);

    static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
