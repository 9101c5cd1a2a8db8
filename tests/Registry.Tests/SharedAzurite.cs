using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Tests;

/// <summary>The one Azurite of this test run, on free ports: started by whoever needs it first, ended with the process.</summary>
static class SharedAzurite
{
    static readonly Lazy<Task<string>> s_started = new(StartAsync);

    public static Task<string> GetConnectionStringAsync() => s_started.Value;

    static async Task<string> StartAsync()
    {
        var azurite = await AzuriteProcess.StartTemporaryAsync(Console.Out, CancellationToken.None);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Registry:Storage:ConnectionString", azurite.ConnectionString)])
            .Build();
        await using var services = new ServiceCollection().AddRegistry(configuration).BuildServiceProvider();
        await services.GetRequiredService<StorageAccount>().CreateAsync(CancellationToken.None);
        return azurite.ConnectionString;
    }
}
