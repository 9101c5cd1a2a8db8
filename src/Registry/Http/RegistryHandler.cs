using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Answers the requests of the distribution API: route, one endpoint, and the one place where failures become answers.</summary>
public sealed partial class RegistryHandler(
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
    UsageEndpoints usage,
    ILogger<RegistryHandler> logger)
{
    /// <summary>For the audit log, where others have it from nginx: no client ever sees it.</summary>
    const int ClientClosedRequest = 499;

    /// <summary>Answers one request, whose path begins with <c>/v2</c>.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RegistryError? error;
        try
        {
            error = await DispatchAsync(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, and with it what it was sending; there is nobody to tell.
            Log.Aborted(logger, context.Request.Method, context.Request.Path);
            Audit(context, ClientClosedRequest);
            return;
        }
        catch (BadHttpRequestException e)
        {
            error = new RegistryError(e.StatusCode, "SIZE_INVALID", "The body did not arrive as its headers announced it. Send it again.");
        }
        catch (Exception e)
        {
            error = Explain(e);
            Log.Failed(logger, e, context.Request.Method, context.Request.Path, error.Status);
        }
        Audit(context, error?.Status ?? context.Response.StatusCode);
        if (error is null) return;
        // Too late to say it: the client must not take half of an answer for all of it.
        if (context.Response.HasStarted) context.Abort();
        else await error.WriteAsync(context);
    }

    async Task<RegistryError?> DispatchAsync(HttpContext context)
    {
        context.Response.SetCommonHeaders();
        var (route, invalid) = Route.Parse(context.Request.Path);
        if (route is null) return invalid;
        if (route is Route.Token) return await TokenAsync(context, route);
        var (admission, refusal) = await access.AuthorizeAsync(context, route);
        if (admission is null) return refusal;
        context.Features.Set(admission);
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

    /// <summary>What was not let in has been told already.</summary>
    void Audit(HttpContext context, int status)
    {
        if (context.Features.Get<Authorization>() is { } admission) audit.WriteOutcome(context, admission, status);
    }

    Task<RegistryError?> TokenAsync(HttpContext context, Route route) => context.Request.Method switch
    {
        "GET" => tokens.GetAsync(context),
        "POST" => tokens.PostAsync(context),
        _ => Task.FromResult<RegistryError?>(RegistryError.MethodNotAllowed(route.Allow)),
    };

    /// <summary>end-1</summary>
    static async Task<RegistryError?> VersionAsync(HttpContext context)
    {
        await context.Response.WriteBodyAsync("application/json", "{}"u8.ToArray());
        return null;
    }

    /// <summary>What to tell a client of a failure that no endpoint expected. The SDK has repeated the request by then.</summary>
    static RegistryError Explain(Exception exception) => exception switch
    {
        ContentionException => RegistryError.Contention(),
        RequestFailedException { Status: 429 } or RequestFailedException { ErrorCode: "ServerBusy" } => RegistryError.StorageBusy(),
        RequestFailedException { Status: 0 or 408 or >= 500 } => RegistryError.StorageUnavailable(),
        AggregateException e when e.InnerExceptions.All(inner => inner is RequestFailedException or OperationCanceledException) =>
            RegistryError.StorageUnavailable(),
        OperationCanceledException => RegistryError.StorageUnavailable(),
        _ => RegistryError.InternalError(),
    };

    static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "{Method} {Path} was aborted by the client.")]
        public static partial void Aborted(ILogger logger, string method, string path);

        [LoggerMessage(LogLevel.Error, "{Method} {Path} failed and was answered with {Status}.")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path, int status);
    }
}
