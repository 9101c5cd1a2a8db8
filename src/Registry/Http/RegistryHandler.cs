using System.Diagnostics;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Handles the requests of the distribution API: parses the route, authorizes, calls one endpoint, and maps exceptions to
/// errors.
/// </summary>
public sealed partial class RegistryHandler(
    CrossOrigin crossOrigin,
    AccessControl access,
    RequestAudit audit,
    TokenEndpoints tokens,
    ManifestEndpoints manifests,
    BlobEndpoints blobs,
    UploadEndpoints uploads,
    TagEndpoints tags,
    ReferrerEndpoints referrers,
    CatalogEndpoints catalog,
    DeletedEndpoints deleted,
    RepositoryEndpoints repositories,
    UsageEndpoints usage,
    IOptions<RegistryOptions> options,
    TimeProvider time,
    ILogger<RegistryHandler> logger)
{
    /// <summary>Status for audit log and telemetry, after nginx: the client closed the connection before the response.</summary>
    const int ClientClosedRequest = 499;

    readonly RegistryOptions _settings = options.Value;

    /// <summary>Handles one request, whose path begins with <c>/v2</c>.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RegistryError? error;
        try
        {
            error = await DispatchAsync(context);
        }
        catch (Exception e) when (e is ClientDisconnectedException || context.RequestAborted.IsCancellationRequested)
        {
            // The client closed the connection: no response can reach it, and none must, which would say that all is well.
            Log.Aborted(logger, context.Request.Method, context.Request.Path);
            Audit(context, ClientClosedRequest);
            if (!context.Response.HasStarted) context.Response.StatusCode = ClientClosedRequest;
            context.Abort();
            return;
        }
        catch (BadHttpRequestException e)
        {
            error = e.StatusCode == StatusCodes.Status408RequestTimeout
                ? RegistryError.BodyTooSlow()
                : RegistryError.BodyInvalid(e.StatusCode);
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // Kestrel throws this instead for the size of a chunk that does not fit in a number.
            error = RegistryError.BodyInvalid(StatusCodes.Status400BadRequest);
        }
        catch (Exception e)
        {
            var requestId = RequestIdOf(context);
            error = ErrorFor(e, requestId) with { RequestId = requestId };
            Log.Failed(logger, e, context.Request.Method, context.Request.Path, error.Status, requestId);
        }
        Audit(context, error?.Status ?? context.Response.StatusCode);
        if (error is null) return;
        // Too late for an error response: the client must not take a truncated response for a complete one.
        if (context.Response.HasStarted) context.Abort();
        else await error.WriteAsync(context);
    }

    /// <summary>Holds on every host, whatever its triggers are, and for holders of session tokens.</summary>
    RegistryError? RefuseTurnedOff(Route route, string method) => method switch
    {
        "GET" or "HEAD" or "OPTIONS" => null,
        // To cancel an upload is a part of pushing.
        "DELETE" when route is not Route.Upload => _settings.AllowDelete ? null : RegistryError.TurnedOff("AllowDelete", "Deletes"),
        _ => _settings.AllowPush ? null : RegistryError.TurnedOff("AllowPush", "Pushes"),
    };

    async Task<RegistryError?> DispatchAsync(HttpContext context)
    {
        context.Response.SetCommonHeaders();
        if (RequestLimits.Check(context.Request) is { } excess) return excess;
        // In addition to Kestrel's limits, which are averages: a client that sent or read much could be silent for long.
        IdleTimeoutStream.Limit(context, _settings.Requests.IdleTimeout, time);
        if (crossOrigin.TryAnswer(context)) return null;
        var (route, invalid) = Route.Parse(context.Request.Path);
        if (route is null) return invalid;
        if (FetchMetadata.Refuse(context) is { } refused) return refused;
        if (route is Route.Token) return await TokenAsync(context, route);
        var (authorization, error) = await access.AuthorizeAsync(context, route);
        if (authorization is null) return error;
        context.Features.Set(authorization);
        if (RefuseTurnedOff(route, context.Request.Method) is { } off) return off;
        var task = (route, context.Request.Method) switch
        {
            (Route.Version, "GET" or "HEAD") => VersionAsync(context),
            (Route.Catalog, "GET" or "HEAD") => catalog.GetAsync(context),
            (Route.Tags r, "GET" or "HEAD") => tags.GetAsync(context, r),
            (Route.Referrers r, "GET" or "HEAD") => referrers.GetAsync(context, r),
            (Route.Manifest r, "GET" or "HEAD") => manifests.GetAsync(context, r),
            (Route.Manifest r, "PUT") => manifests.PutAsync(context, r),
            (Route.Manifest r, "DELETE") => manifests.DeleteAsync(context, r),
            (Route.Blob r, "GET") => blobs.GetAsync(context, r),
            (Route.Blob r, "HEAD") => blobs.HeadAsync(context, r),
            (Route.Blob r, "DELETE") => blobs.DeleteAsync(context, r),
            (Route.DeletedList r, "GET" or "HEAD") => deleted.ListAsync(context, r),
            (Route.Deleted r, "POST") => deleted.PostAsync(context, r),
            (Route.Deleted r, "DELETE") => deleted.DeleteAsync(context, r),
            (Route.DeletePreview r, "GET" or "HEAD") => deleted.PreviewAsync(context, r),
            (Route.RepositoryContent r, "DELETE") => repositories.DeleteAsync(context, r),
            (Route.TagDetails r, "GET" or "HEAD") => tags.GetDetailsAsync(context, r),
            (Route.Usage r, "GET" or "HEAD") => usage.GetAsync(context, r),
            (Route.UsageList, "GET" or "HEAD") => usage.ListAsync(context),
            (Route.Collections, "GET" or "HEAD") => usage.ListCollectionsAsync(context),
            (Route.Uploads r, "POST") => uploads.PostAsync(context, r),
            (Route.Upload r, "GET" or "HEAD") => uploads.GetAsync(context, r),
            (Route.Upload r, "PATCH") => uploads.PatchAsync(context, r),
            (Route.Upload r, "PUT") => uploads.PutAsync(context, r),
            (Route.Upload r, "DELETE") => uploads.DeleteAsync(context, r),
            _ => Task.FromResult<RegistryError?>(RegistryError.MethodNotAllowed(route.Allow)),
        };
        return await task;
    }

    /// <summary>Writes the outcome of an authorized request; <see cref="AccessControl"/> has written refusals already.</summary>
    void Audit(HttpContext context, int status)
    {
        if (context.Features.Get<Authorization>() is { } authorization) audit.WriteOutcome(context, authorization, status);
    }

    Task<RegistryError?> TokenAsync(HttpContext context, Route route) => context.Request.Method switch
    {
        "GET" => tokens.GetAsync(context),
        "POST" => tokens.PostAsync(context),
        _ => Task.FromResult<RegistryError?>(RegistryError.MethodNotAllowed(route.Allow)),
    };

    /// <summary>end-1. The web UI shows the limit where it shows how to push.</summary>
    async Task<RegistryError?> VersionAsync(HttpContext context)
    {
        UploadHost.DescribeLimit(context, context.Response.Headers, _settings);
        await context.Response.WriteBodyAsync("application/json", "{}"u8.ToArray());
        return null;
    }

    /// <summary>
    /// The W3C trace id, under which telemetry has the request and its log entries; the server's own id where the host traces
    /// nothing.
    /// </summary>
    static string RequestIdOf(HttpContext context) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : context.TraceIdentifier;

    /// <summary>Maps an exception that no endpoint handled to an error. The Azure SDK has retried the storage request before.</summary>
    static RegistryError ErrorFor(Exception exception, string requestId) => exception switch
    {
        ContentionException => RegistryError.Contention(),
        RequestFailedException { Status: 429 } or RequestFailedException { ErrorCode: "ServerBusy" } => RegistryError.StorageBusy(),
        RequestFailedException { Status: 0 or 408 or >= 500 } => RegistryError.StorageUnavailable(),
        AggregateException e when e.InnerExceptions.All(inner => inner is RequestFailedException or OperationCanceledException) =>
            RegistryError.StorageUnavailable(),
        OperationCanceledException => RegistryError.StorageUnavailable(),
        OutOfMemoryException => RegistryError.MemoryExhausted(),
        _ => RegistryError.InternalError(requestId),
    };

    static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The client aborted {Method} {Path}.")]
        public static partial void Aborted(ILogger logger, string method, string path);

        [LoggerMessage(LogLevel.Error, "{Method} {Path} failed with status {Status}, request id {RequestId}.")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path, int status, string requestId);
    }
}
