using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Backup;
using Registry.GarbageCollection;
using Registry.Http;
using Registry.Integrity;
using Registry.WebUi;
using Registry.Storage;

namespace Registry;

/// <summary>
/// Adds the registry to a host: <c>AddRegistry</c>, then <c>MapRegistry</c> or a direct use of <see cref="RegistryHandler"/>.
/// </summary>
public static class RegistryHosting
{
    /// <summary>Bytes of a connection that are received before they are read, in addition to the memory that uploads share.</summary>
    const int ReadBuffer = 128 * 1024;

    static readonly string[] s_readMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Adds the services of the registry, with the section <c>Registry</c> of the configuration
    /// (<see cref="RegistryOptions"/>).
    /// </summary>
    /// <param name="services">Services of the host.</param>
    /// <param name="configuration">Configuration of the host.</param>
    /// <param name="openWithoutPolicy">
    /// Whether every request is allowed where no policy is set. Only for a host that no other machine can reach.
    /// </param>
    public static IServiceCollection AddRegistry(
        this IServiceCollection services, IConfiguration configuration, bool openWithoutPolicy = false)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        // Otherwise a misspelt setting would be ignored.
        services.Configure<RegistryOptions>(
            configuration.GetSection(RegistryOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true);
        services.Configure<RegistryOptions>(options => options.OpenWithoutPolicy = openWithoutPolicy);
        services.AddSingleton<IValidateOptions<RegistryOptions>, RegistryOptionsValidator>();
        services.AddSingleton<StorageHealth>();
        services.AddHealthChecks().AddCheck<StorageHealth>("storage");
        // Kestrel's default of 1 MiB for each connection would let a hundred silent clients hold 100 MiB beside the registry's buffers.
        services.Configure<SocketTransportOptions>(transport => transport.MaxReadBufferSize = ReadBuffer);
        services.AddCors();
        AddAccess(services);
        return services
            .AddSingleton<StorageTransactions>()
            .AddSingleton<StorageAccount>()
            .AddSingleton<ManifestCache>()
            .AddSingleton<CatalogStore>()
            .AddSingleton<TagStore>()
            .AddSingleton<BlobStore>()
            .AddSingleton<DownloadLinks>()
            .AddSingleton<UploadMemory>()
            .AddSingleton<UploadStore>()
            .AddSingleton<UploadFinisher>()
            .AddSingleton<ManifestStore>()
            .AddSingleton<ManifestWriter>()
            .AddSingleton<ManifestDeleter>()
            .AddSingleton<DeletedStore>()
            .AddSingleton<RepositoryDeleter>()
            .AddSingleton<DeletionPreview>()
            .AddSingleton<UsageStore>()
            .AddSingleton<PullRecords>()
            .AddHostedService<PullRecorder>()
            .AddSingleton<ReferrerStore>()
            .AddSingleton<Collector>()
            .AddSingleton<IntegrityCheck>()
            .AddSingleton<CopyTarget>()
            .AddSingleton<BodyReader>()
            .AddSingleton<ManifestEndpoints>()
            .AddSingleton<BlobEndpoints>()
            .AddSingleton<UploadEndpoints>()
            .AddSingleton<TagEndpoints>()
            .AddSingleton<ReferrerEndpoints>()
            .AddSingleton<CatalogEndpoints>()
            .AddSingleton<DeletedEndpoints>()
            .AddSingleton<RepositoryEndpoints>()
            .AddSingleton<UsageEndpoints>()
            .AddSingleton<TokenEndpoints>()
            .AddSingleton<Challenges>()
            .AddSingleton<CrossOrigin>()
            .AddSingleton<RequestAudit>()
            .AddSingleton<AccessControl>()
            .AddSingleton<HealthHandler>()
            .AddSingleton<WebUiHandler>()
            .AddSingleton<RegistryHandler>();
    }

    static void AddAccess(IServiceCollection services)
    {
        services.AddSingleton<TokenKeys>();
        // The same name in every host, so that all hosts on one storage account can read each other's tokens.
        services.AddDataProtection().SetApplicationName("registry");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<TokenKeys>()));
        // It warns that keys are not encrypted. The storage account encrypts them at rest.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // It logs request queries, which contain the tokens of upload sessions.
            .AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning));
        services
            .AddHttpClient(IssuerKeys.HttpClientName, client => client.MaxResponseContentBufferSize = 256 * 1024)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        services
            .AddSingleton<PolicySource>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton<RegistryTokens>()
            .AddSingleton<SessionTokens>()
            .AddSingleton<IssuerTokens>()
            .AddSingleton<Authenticator>()
            .AddSingleton<AuditLog>()
            .AddSingleton<ChallengeCounter>()
            .AddHostedService<ChallengeSummary>();
    }

    /// <summary>Replaces Kestrel's limits on requests, which suit pages and forms and not layers.</summary>
    public static void ConfigureForRegistry(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        // Layers have any size.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxRequestBufferSize = ReadBuffer;
        // Connections have any speed; IdleTimeoutStream ends those that are silent. These end what it does not see: a client that sends
        // a byte now and then, or leaves the last bytes of a response unread.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(2));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromMinutes(2));
        // The registry refuses long requests itself, with an error that says why.
        kestrel.Limits.MaxRequestLineSize = RequestLimits.HostFactor * RequestLimits.MaxPathAndQuery;
        kestrel.Limits.MaxRequestHeadersTotalSize = RequestLimits.HostFactor * RequestLimits.MaxHeaders;
    }

    /// <summary>
    /// Maps the distribution API to <c>/v2</c>, also below the path of an upload host (<see cref="UploadOptions.Location"/>), health
    /// probes to <c>/healthz</c>, and the web UI to <c>/</c> and <c>/ui</c>.
    /// </summary>
    public static void MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        RequestDelegate registry = services.GetRequiredService<RegistryHandler>().HandleAsync;
        endpoints.Map("/v2/{**path}", registry);
        // A proxy in front passes the path on, or strips it.
        if (services.GetRequiredService<IOptions<RegistryOptions>>().Value.Uploads.Path is { Length: > 0 } path)
            endpoints.Map($"{path}/v2/{{**path}}", Below(path, registry));
        var webUi = WithIdleTimeout(services, services.GetRequiredService<WebUiHandler>().HandleAsync);
        endpoints.MapMethods("/", s_readMethods, webUi);
        endpoints.MapMethods("/ui/{**path}", s_readMethods, webUi);
        endpoints.Map("/healthz/{probe?}", WithIdleTimeout(services, services.GetRequiredService<HealthHandler>().HandleAsync));
    }

    static RequestDelegate Below(PathString path, RequestDelegate handle) => context =>
    {
        var request = context.Request;
        if (request.Path.StartsWithSegments(path, out var matched, out var rest))
            (request.PathBase, request.Path) = (request.PathBase.Add(matched), rest);
        return handle(context);
    };

    /// <summary>For what <see cref="RegistryHandler"/> does not handle.</summary>
    static RequestDelegate WithIdleTimeout(IServiceProvider services, RequestDelegate handle)
    {
        var timeout = services.GetRequiredService<IOptions<RegistryOptions>>().Value.Requests.IdleTimeout;
        var time = services.GetRequiredService<TimeProvider>();
        return context =>
        {
            IdleTimeoutStream.Limit(context, timeout, time);
            return handle(context);
        };
    }

    sealed class RegistryOptionsValidator : IValidateOptions<RegistryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RegistryOptions options) =>
            options.Validate() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
