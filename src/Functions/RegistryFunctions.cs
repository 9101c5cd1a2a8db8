using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Registry.GarbageCollection;
using Registry.Http;

namespace Registry.Functions;

/// <summary>The triggers: one function for reading, one for pushing, one for deleting and one for garbage, so that a setting can turn each off.</summary>
/// <remarks>Who may call is the registry's own question; the keys of Functions mean nothing to its clients.</remarks>
public sealed class RegistryFunctions(RegistryHandler registry, HealthHandler health, Collector collector)
{
    const string Route = "v2/{**path}";

    [Function("pull")]
    public Task<IActionResult> Pull([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("push")]
    public Task<IActionResult> Push([HttpTrigger(AuthorizationLevel.Anonymous, "post", "patch", "put", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("delete")]
    public Task<IActionResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request) =>
        AnswerAsync(registry.HandleAsync, request);

    [Function("health")]
    public Task<IActionResult> Health([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz/{probe?}")] HttpRequest request) =>
        AnswerAsync(health.HandleAsync, request);

    /// <summary>Every hour at seventeen minutes past: the collector knows whether a pass is due or has been left.</summary>
    [Function("collect")]
    public Task Collect([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => collector.RunDueAsync(cancellationToken);

    static async Task<IActionResult> AnswerAsync(Func<HttpContext, Task> answer, HttpRequest request)
    {
        await answer(request.HttpContext);
        return new EmptyResult();
    }
}
