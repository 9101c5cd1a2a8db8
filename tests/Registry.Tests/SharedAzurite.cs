using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Tests;

/// <summary>The one Azurite of this test run, on free ports: started on first use, ended with the process.</summary>
/// <remarks>
/// Only a test that ends or freezes its storage needs an Azurite of its own. A test that needs an isolated registry uses an
/// account of its own, which costs nothing and has its own tables and containers.
/// </remarks>
static class SharedAzurite
{
    /// <summary>More accounts than a run uses.</summary>
    const int Accounts = 400;

    static readonly Lazy<Task<AzuriteProcess>> s_azurite = new(() =>
        AzuriteProcess.StartTemporaryAsync(Accounts, Console.Out, CancellationToken.None));
    static readonly Lazy<Task<string>> s_shared = new(async () => await CreateAsync((await s_azurite.Value).ConnectionString));
    static int s_taken = -1;

    /// <summary>Connects to the account that tests share, with its tables and containers.</summary>
    public static Task<string> GetConnectionStringAsync() => s_shared.Value;

    /// <summary>Connects to an account that no other test uses.</summary>
    /// <param name="created">Whether it has the registry's tables and containers.</param>
    public static async Task<string> NewAccountAsync(bool created = true)
    {
        var connection = (await s_azurite.Value).MoreAccounts[Interlocked.Increment(ref s_taken)];
        return created ? await CreateAsync(connection) : connection;
    }

    static async Task<string> CreateAsync(string connection)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Registry:Storage:ConnectionString", connection)]).Build();
        await using var services = new ServiceCollection().AddRegistry(configuration).BuildServiceProvider();
        await services.GetRequiredService<StorageAccount>().CreateAsync(CancellationToken.None);
        return connection;
    }
}
