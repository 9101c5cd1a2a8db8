using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Tests;

/// <summary>The one Azurite of this test run, on free ports: started by whoever needs it first, ended with the process.</summary>
/// <remarks>
/// Only a test that ends or freezes its storage needs an Azurite of its own: whoever wants a registry that nobody else sees takes an
/// account, which costs nothing and has tables and containers of its own.
/// </remarks>
static class SharedAzurite
{
    /// <summary>More than a run takes.</summary>
    const int Accounts = 400;

    static readonly Lazy<Task<AzuriteProcess>> s_azurite = new(() => AzuriteProcess.StartTemporaryAsync(Accounts, Console.Out, CancellationToken.None));
    static readonly Lazy<Task<string>> s_shared = new(async () => await CreateAsync((await s_azurite.Value).ConnectionString));
    static int s_taken = -1;

    /// <summary>To the account that all tests share, with its tables and containers.</summary>
    public static Task<string> GetConnectionStringAsync() => s_shared.Value;

    /// <summary>To an account that no other test knows.</summary>
    /// <param name="created">Whether it has the registry's tables and containers.</param>
    public static async Task<string> NewAccountAsync(bool created = true)
    {
        var connection = (await s_azurite.Value).MoreAccounts[Interlocked.Increment(ref s_taken)];
        return created ? await CreateAsync(connection) : connection;
    }

    static async Task<string> CreateAsync(string connection)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Registry:Storage:ConnectionString", connection)]).Build();
        await using var services = new ServiceCollection().AddRegistry(configuration).BuildServiceProvider();
        await services.GetRequiredService<StorageAccount>().CreateAsync(CancellationToken.None);
        return connection;
    }
}
