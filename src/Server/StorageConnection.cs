using Azure;
using Azure.Identity;
using Microsoft.Extensions.Options;
using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Server;

/// <summary>Connects to the storage account at startup, so that errors appear then and not with the first request.</summary>
static class StorageConnection
{
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    /// <summary>Starts Azurite and adds its connection string to the configuration; null if a storage account is configured.</summary>
    /// <exception cref="StartupException">Azurite does not start, or the settings contradict each other.</exception>
    public static async Task<AzuriteProcess?> StartAzuriteAsync(ConfigurationManager configuration)
    {
        if (FindFolder(configuration) is not { } folder) return null;
        var azurite = await AzuriteProcess.StartAsync(folder, Console.Out, CancellationToken.None);
        configuration[$"{RegistryOptions.Section}:Storage:ConnectionString"] = azurite.ConnectionString;
        return azurite;
    }

    /// <summary>The same for a command, which shares the Azurite of a server with the same data folder.</summary>
    /// <exception cref="StartupException">Azurite does not start, or the settings contradict each other.</exception>
    public static async Task<AzuriteProcess?> StartOrShareAzuriteAsync(ConfigurationManager configuration, TextWriter log)
    {
        if (FindFolder(configuration) is not { } folder) return null;
        var (own, connection) = await AzuriteProcess.StartOrShareAsync(folder, log, CancellationToken.None);
        configuration[$"{RegistryOptions.Section}:Storage:ConnectionString"] = connection;
        return own;
    }

    /// <summary>Creates the tables and containers if configured to, and checks that they exist.</summary>
    /// <exception cref="StartupException">The account's settings are wrong, or it cannot be reached.</exception>
    public static async Task<StorageAccount> OpenAsync(IServiceProvider services)
    {
        try
        {
            var account = services.GetRequiredService<StorageAccount>();
            using var timeout = new CancellationTokenSource(s_timeout);
            await account.PrepareAsync(timeout.Token);
            await account.CheckAsync(timeout.Token);
            return account;
        }
        catch (OperationCanceledException)
        {
            throw new StartupException(
                $"The storage account did not respond within {s_timeout.TotalSeconds:0} seconds. Check Registry:Storage and the network.");
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException
            or FormatException or ArgumentException or InvalidOperationException or OptionsValidationException)
        {
            var cause = e is AggregateException all ? all.InnerExceptions[^1] : e;
            throw new StartupException(
                $"The storage account cannot be used: {cause.Message.Split('\n')[0].Trim()} Check Registry:Storage.");
        }
    }

    /// <summary>The data folder of Azurite; null if a storage account is configured.</summary>
    static string? FindFolder(ConfigurationManager configuration)
    {
        var data = configuration["data"];
        if (!ReadOptions(configuration).Storage.IsConfigured) return Path.GetFullPath(data ?? "data");
        if (data is null) return null;
        throw new StartupException("--data is for Azurite, but Registry:Storage names a storage account; leave one of them out.");
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
            throw new StartupException($"Invalid setting: {Describe(e)}");
        }
        return options.Validate() is { } fault ? throw new StartupException($"Invalid setting: {fault}") : options;
    }

    /// <summary>The binder names settings that do not exist after words for programmers.</summary>
    static string Describe(InvalidOperationException e) =>
        e.Message.Contains(nameof(BinderOptions.ErrorOnUnknownConfiguration), StringComparison.Ordinal)
            ? $"there is no setting {e.Message.Split(": ")[^1]} in section {RegistryOptions.Section}. "
                + "docs/use/configuration.md lists all settings."
            : e.Message.ReplaceLineEndings(" ");
}
