using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Registry.GarbageCollection;
using Registry.Http;
using Registry.WebUi;

namespace Registry.Functions;

/// <summary>
/// The triggers: separate functions for pulls, pushes, deletes, health, the web UI and garbage collection, so that telemetry tells them
/// apart. What the registry may do is a setting of its own (<see cref="RegistryOptions.AllowPush"/>), which holds on every host.
/// </summary>
/// <remarks>
/// The authorization level is anonymous: the registry authorizes requests itself, and its clients cannot send function keys.
/// </remarks>
public sealed partial class RegistryFunctions(RegistryHandler registry, HealthHandler health, WebUiHandler webUi, Collector collector)
{
    const string Route = "v2/{**path}";

    [Function("pull")]
    public Task<IActionResult> Pull(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("push")]
    public Task<IActionResult> Push(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "patch", "put", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("delete")]
    public Task<IActionResult> Delete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    /// <summary>Preflights of web pages of other origins (<see cref="RegistryOptions.CorsOrigins"/>).</summary>
    [Function("preflight")]
    public Task<IActionResult> Preflight(
        [HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("health")]
    public Task<IActionResult> Health(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz/{probe?}")] HttpRequest request) =>
        AnswerAsync(health.HandleAsync, request);

    [Function("pages")]
    public Task<IActionResult> Pages(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "ui/{**path}")] HttpRequest request) =>
        AnswerAsync(webUi.HandleAsync, request);

    /// <summary>Serves the path <c>/</c> only: a catch-all route would match the paths of the other functions.</summary>
    [Function("home")]
    public Task<IActionResult> Home(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{root:maxlength(0)?}")] HttpRequest request) =>
        AnswerAsync(webUi.HandleAsync, request);

    /// <summary>
    /// Runs every hour at 17 minutes past; the collector decides whether a pass is due or must be resumed. On Flex Consumption the
    /// timer scales separately from the HTTP triggers: other instances serve requests, so the pass works without pauses.
    /// </summary>
    [Function("collect")]
    public Task Collect([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        collector.RunDueAsync(share: 1, cancellationToken);

    static async Task<IActionResult> AnswerAsync(Func<HttpContext, Task> answer, HttpRequest request)
    {
        await answer(request.HttpContext);
        return new EmptyResult();
    }

    internal static partial class Log
    {
        [LoggerMessage(LogLevel.Critical, "The registry refuses all requests, since its settings are invalid: {Fault}")]
        public static partial void SettingsInvalid(ILogger logger, string fault);

        [LoggerMessage(LogLevel.Error, "The tables and containers cannot be created. Start the storage, then the Functions app again.")]
        public static partial void StorageNotPrepared(ILogger logger, Exception exception);
    }
}
