using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Registry.Functions;

/// <summary>Reads the keys of tokens when the worker starts, beside the first requests.</summary>
/// <remarks>
/// ASP.NET Core's own service reads them before the worker takes requests, which waits for a token of the identity and for the storage,
/// and for half a minute if that does not answer.
/// </remarks>
sealed class KeyPreload(IDataProtectionProvider protection) : BackgroundService
{
    public static void AddTo(IServiceCollection services)
    {
        var replaced = services.Single(service => service.ImplementationType?.Name == "DataProtectionHostedService");
        services.Remove(replaced);
        services.AddHostedService<KeyPreload>();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        protection.CreateProtector(nameof(KeyPreload)).Protect([]);
        return Task.CompletedTask;
    }
}
