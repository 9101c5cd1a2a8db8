using Azure;
using Azure.Identity;
using Registry.Storage;

namespace Registry.Server;

/// <summary>The first contact with the storage account: better an error now than with the first push.</summary>
static class StorageConnection
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Creates the tables and containers that are not there yet.</summary>
    /// <exception cref="StartupException">The account's settings are wrong, or it cannot be reached.</exception>
    public static async Task<StorageAccount> OpenAsync(IServiceProvider services)
    {
        try
        {
            var account = services.GetRequiredService<StorageAccount>();
            using var patience = new CancellationTokenSource(s_patience);
            await account.CreateAsync(patience.Token);
            return account;
        }
        catch (OperationCanceledException)
        {
            throw new StartupException($"The storage account did not answer within {s_patience.TotalSeconds:0} seconds. Check Registry:Storage and the network.");
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException or FormatException or InvalidOperationException)
        {
            var cause = e is AggregateException all ? all.InnerExceptions[^1] : e;
            throw new StartupException($"The storage account cannot be used: {cause.Message.Split('\n')[0].Trim()} Check Registry:Storage.");
        }
    }
}
