using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Registry.GarbageCollection;
using Registry.Http;
using Registry.WebUi;

namespace Registry.Functions;

/// <summary>The triggers: one function for reading, one for pushing, one for deleting, one for garbage and two for the web pages, so that a setting can turn each off.</summary>
/// <remarks>Who may call is the registry's own question; the keys of Functions mean nothing to its clients.</remarks>
public sealed class RegistryFunctions(RegistryHandler registry, HealthHandler health, WebUiHandler pages, Collector collector)
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

    [Function("pages")]
    public Task<IActionResult> Pages([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "ui/{**path}")] HttpRequest request) =>
        AnswerAsync(pages.HandleAsync, request);

    /// <summary>The path <c>/</c> and no other: a route for anything would take those of the other functions.</summary>
    [Function("home")]
    public Task<IActionResult> Home([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "{root:maxlength(0)?}")] HttpRequest request) =>
        AnswerAsync(pages.HandleAsync, request);

    /// <summary>Every hour at seventeen minutes past: the collector knows whether a pass is due or has been left. Where each function scales by itself, requests are served elsewhere.</summary>
    [Function("collect")]
    public Task Collect([TimerTrigger("0 17 * * * *")] TimerInfo timer, CancellationToken cancellationToken) => collector.RunDueAsync(share: 1, cancellationToken);

    static async Task<IActionResult> AnswerAsync(Func<HttpContext, Task> answer, HttpRequest request)
    {
        await answer(request.HttpContext);
        return new EmptyResult();
    }
}
