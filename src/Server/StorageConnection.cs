using Azure;
using Azure.Identity;
using Microsoft.Extensions.Options;
using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Server;

/// <summary>The first contact with the storage account: better an error now than with the first push.</summary>
static class StorageConnection
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Starts an Azurite where the configuration names no storage account, and writes it there; null where it names one.</summary>
    /// <exception cref="StartupException">Azurite does not start, or the settings contradict each other.</exception>
    public static async Task<AzuriteProcess?> StartAzuriteAsync(ConfigurationManager configuration)
    {
        if (FindFolder(configuration) is not { } folder) return null;
        var azurite = await AzuriteProcess.StartAsync(folder, Console.Out, CancellationToken.None);
        configuration[$"{RegistryOptions.Section}:Storage:ConnectionString"] = azurite.ConnectionString;
        return azurite;
    }

    /// <summary>For a command: the same, but where a server runs on the folder its Azurite is shared.</summary>
    /// <exception cref="StartupException">Azurite does not start, or the settings contradict each other.</exception>
    public static async Task<AzuriteProcess?> StartOrShareAzuriteAsync(ConfigurationManager configuration, TextWriter log)
    {
        if (FindFolder(configuration) is not { } folder) return null;
        var (own, connection) = await AzuriteProcess.StartOrShareAsync(folder, log, CancellationToken.None);
        configuration[$"{RegistryOptions.Section}:Storage:ConnectionString"] = connection;
        return own;
    }

    /// <summary>Creates the tables and containers where it should, and sees that they are there.</summary>
    /// <exception cref="StartupException">The account's settings are wrong, or it cannot be reached.</exception>
    public static async Task<StorageAccount> OpenAsync(IServiceProvider services)
    {
        try
        {
            var account = services.GetRequiredService<StorageAccount>();
            using var patience = new CancellationTokenSource(s_patience);
            await account.PrepareAsync(patience.Token);
            await account.CheckAsync(patience.Token);
            return account;
        }
        catch (OperationCanceledException)
        {
            throw new StartupException($"The storage account did not answer within {s_patience.TotalSeconds:0} seconds. Check Registry:Storage and the network.");
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException or FormatException or InvalidOperationException or OptionsValidationException)
        {
            var cause = e is AggregateException all ? all.InnerExceptions[^1] : e;
            throw new StartupException($"The storage account cannot be used: {cause.Message.Split('\n')[0].Trim()} Check Registry:Storage.");
        }
    }

    /// <summary>Where the server's own storage keeps its data; null where the configuration names a storage account.</summary>
    static string? FindFolder(ConfigurationManager configuration)
    {
        var data = configuration["data"];
        if (!ReadOptions(configuration).Storage.IsConfigured) return Path.GetFullPath(data ?? "data");
        return data is null ? null : throw new StartupException("--data is for the server's own storage, but Registry:Storage names another; leave one of them out.");
    }

    static RegistryOptions ReadOptions(ConfigurationManager configuration)
    {
        var options = new RegistryOptions();
        try
        {
            configuration.GetSection(RegistryOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupException($"A setting cannot be used: {e.Message.ReplaceLineEndings(" ")}");
        }
        return options.Validate() is { } fault ? throw new StartupException($"A setting cannot be used: {fault}") : options;
    }
}
