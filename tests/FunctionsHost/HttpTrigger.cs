using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Registry.FunctionsHost.Protocol;
using Yarp.ReverseProxy.Forwarder;

namespace Registry.FunctionsHost;

/// <summary>Invokes functions for requests: announces each by gRPC, and forwards it to the worker by HTTP.</summary>
sealed class HttpTrigger(Workers workers, IHttpForwarder forwarder) : IDisposable
{
    /// <summary>Tells the worker which invocation a request belongs to.</summary>
    const string InvocationHeader = "x-ms-invocation-id";

    /// <summary>A part of a body that is kept in memory; the rest goes to a temporary file.</summary>
    const int BufferInMemory = 64 * 1024;

    static readonly ForwarderRequestConfig s_forwarding = new() { ActivityTimeout = TimeSpan.FromSeconds(240) };

    readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    /// <summary>Answers 500 without a body where the function or the host fails, as the real host does.</summary>
    public async Task InvokeAsync(HttpContext context, Function function)
    {
        try
        {
            var worker = await workers.GetAsync(context.RequestAborted);
            await BufferAsync(context.Request);
            await ForwardAsync(context, worker, function);
        }
        catch (Exception e) when (e is WorkerException or BadHttpRequestException or OperationCanceledException)
        {
            if (e is not OperationCanceledException) Console.Error.WriteLine($"Function.{function.Name} failed: {e.Message}");
            if (context.Response.HasStarted) context.Abort();
            else context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The trigger's binding reads a body of known length as a whole, before the worker is told of the request.</summary>
    static async Task BufferAsync(HttpRequest request)
    {
        if (request.ContentLength is not > 0) return;
        request.EnableBuffering(BufferInMemory, bufferLimit: long.MaxValue);
        await request.Body.DrainAsync(request.HttpContext.RequestAborted);
        request.Body.Position = 0;
    }

    async Task ForwardAsync(HttpContext context, Worker worker, Function function)
    {
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
        var invocation = new InvocationRequest
        {
            Id = Guid.NewGuid().ToString(),
            Inputs = { new Input { Name = function.Parameter, Data = new Data { Request = new ForwardedRequest() } } },
            BindingData = { ["Headers"] = new Data { Json = JsonSerializer.Serialize(headers) } },
        };
        context.Request.Headers.TryAdd(InvocationHeader, invocation.Id);
        // YARP's default replaces X-Forwarded-For by the address of this request's sender.
        var forwarding = forwarder.SendAsync(context, worker.HttpAddress.ToString(), _client, s_forwarding).AsTask();
        await worker.InvokeAsync(function, invocation, context.RequestAborted);
        if (await forwarding is var error && error != ForwarderError.None)
            throw new WorkerException($"The request could not be forwarded: {error}.");
    }
}
