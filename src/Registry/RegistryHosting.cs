using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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

/// <summary>How a host takes the registry in: <c>AddRegistry</c>, then <c>MapRegistry</c> or <see cref="RegistryHandler"/> itself.</summary>
public static class RegistryHosting
{
    static readonly string[] s_reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the registry, set up by the section <c>Registry</c> of the configuration (<see cref="RegistryOptions"/>).</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="configuration">Of the host.</param>
    /// <param name="openWithoutPolicy">Whether anyone may do anything where no policy is set: only for a host that nobody else can reach.</param>
    public static IServiceCollection AddRegistry(this IServiceCollection services, IConfiguration configuration, bool openWithoutPolicy = false)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        // A setting that is misspelt would be a setting that has no effect.
        services.Configure<RegistryOptions>(configuration.GetSection(RegistryOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true);
        services.Configure<RegistryOptions>(options => options.OpenWithoutPolicy = openWithoutPolicy);
        services.AddSingleton<IValidateOptions<RegistryOptions>, RegistryOptionsCheck>();
        services.AddSingleton<StorageHealth>();
        services.AddHealthChecks().AddCheck<StorageHealth>("storage");
        AddAccess(services);
        return services
            .AddSingleton<StorageTransactions>()
            .AddSingleton<StorageAccount>()
            .AddSingleton<ManifestCache>()
            .AddSingleton<CatalogStore>()
            .AddSingleton<TagStore>()
            .AddSingleton<BlobStore>()
            .AddSingleton<DownloadLinks>()
            .AddSingleton<BlockBuffers>()
            .AddSingleton<SessionTokens>()
            .AddSingleton<UploadStore>()
            .AddSingleton<UploadFinisher>()
            .AddSingleton<ManifestStore>()
            .AddSingleton<ManifestWriter>()
            .AddSingleton<ManifestDeleter>()
            .AddSingleton<DeletedStore>()
            .AddSingleton<DeletionPreview>()
            .AddSingleton<UsageStore>()
            .AddSingleton<PullRecords>()
            .AddHostedService<PullRecorder>()
            .AddSingleton<ReferrerStore>()
            .AddSingleton<Collector>()
            .AddSingleton<IntegrityCheck>()
            .AddSingleton<CopyTarget>()
            .AddSingleton<ManifestEndpoints>()
            .AddSingleton<BlobEndpoints>()
            .AddSingleton<UploadEndpoints>()
            .AddSingleton<TagEndpoints>()
            .AddSingleton<ReferrerEndpoints>()
            .AddSingleton<CatalogEndpoints>()
            .AddSingleton<DeletedEndpoints>()
            .AddSingleton<UsageEndpoints>()
            .AddSingleton<TokenEndpoints>()
            .AddSingleton<Challenges>()
            .AddSingleton<RequestAudit>()
            .AddSingleton<AccessControl>()
            .AddSingleton<HealthHandler>()
            .AddSingleton<WebUiHandler>()
            .AddSingleton<RegistryHandler>();
    }

    static void AddAccess(IServiceCollection services)
    {
        services.AddSingleton<TokenKeys>();
        // Of all registries on one storage account, whatever their hosts are called.
        services.AddDataProtection().SetApplicationName("registry");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<TokenKeys>()));
        // It warns of keys that are not encrypted once more than the storage encrypts everything.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // It tells of requests with their queries, where tokens of upload sessions stand.
            .AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning));
        services.AddHttpClient(IssuerTokens.HttpClientName, client =>
        {
            client.Timeout = TimeSpan.FromSeconds(10);
            client.MaxResponseContentBufferSize = 1024 * 1024;
        });
        services
            .AddSingleton<PolicySource>()
            .AddSingleton<LoginThrottle>()
            .AddSingleton<RegistryTokens>()
            .AddSingleton<IssuerTokens>()
            .AddSingleton<Authenticator>()
            .AddSingleton<AuditLog>();
    }

    /// <summary>Takes away Kestrel's limits on what clients send, which are made for pages and forms.</summary>
    public static void ConfigureForRegistry(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        // Layers are of any size, and lines of any speed; whoever sends or takes nothing at all for two minutes has gone.
        kestrel.Limits.MaxRequestBodySize = null;
        // Of each connection, beside the buffers that uploads share.
        kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        var rate = new MinDataRate(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(2));
        kestrel.Limits.MinRequestBodyDataRate = rate;
        kestrel.Limits.MinResponseDataRate = rate;
    }

    /// <summary>Serves the distribution API under <c>/v2</c>, under <c>/healthz</c> whether it can, and the web pages under <c>/</c> and <c>/ui</c>.</summary>
    public static void MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        endpoints.Map("/v2/{**path}", (RequestDelegate)services.GetRequiredService<RegistryHandler>().HandleAsync);
        var pages = (RequestDelegate)services.GetRequiredService<WebUiHandler>().HandleAsync;
        endpoints.MapMethods("/", s_reading, pages);
        endpoints.MapMethods("/ui/{**path}", s_reading, pages);
        endpoints.Map("/healthz/{probe?}", (RequestDelegate)services.GetRequiredService<HealthHandler>().HandleAsync);
    }

    sealed class RegistryOptionsCheck : IValidateOptions<RegistryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RegistryOptions options) =>
            options.Validate() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
