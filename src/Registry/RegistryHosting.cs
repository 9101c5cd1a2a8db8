using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Registry.Http;
using Registry.Storage;

namespace Registry;

/// <summary>How a host takes the registry in: <c>AddRegistry</c>, then <c>MapRegistry</c> or <see cref="RegistryHandler"/> itself.</summary>
public static class RegistryHosting
{
    /// <summary>Adds the registry, set up by the section <c>Registry</c> of the configuration (<see cref="RegistryOptions"/>).</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<RegistryOptions>(configuration.GetSection(RegistryOptions.Section));
        return services
            .AddSingleton<StorageTransactions>()
            .AddSingleton<StorageAccount>()
            .AddSingleton<ManifestCache>()
            .AddSingleton<CatalogStore>()
            .AddSingleton<TagStore>()
            .AddSingleton<BlobStore>()
            .AddSingleton<DownloadLinks>()
            .AddSingleton<UploadStore>()
            .AddSingleton<UploadFinisher>()
            .AddSingleton<ManifestStore>()
            .AddSingleton<ManifestWriter>()
            .AddSingleton<ReferrerStore>()
            .AddSingleton<ManifestEndpoints>()
            .AddSingleton<BlobEndpoints>()
            .AddSingleton<UploadEndpoints>()
            .AddSingleton<TagEndpoints>()
            .AddSingleton<ReferrerEndpoints>()
            .AddSingleton<CatalogEndpoints>()
            .AddSingleton<RegistryHandler>();
    }

    /// <summary>Serves the distribution API under <c>/v2</c>.</summary>
    public static IEndpointConventionBuilder MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var handler = endpoints.ServiceProvider.GetRequiredService<RegistryHandler>();
        return endpoints.Map("/v2/{**path}", (RequestDelegate)handler.HandleAsync);
    }
}
