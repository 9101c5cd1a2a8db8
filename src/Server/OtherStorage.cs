using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Server;

/// <summary>A second storage account, which a command uses in addition to the configured one.</summary>
sealed class OtherStorage : IAsyncDisposable
{
    const string Storage = $"{RegistryOptions.Section}:Storage";

    static readonly string[] s_account = ["ConnectionString", "BlobUri", "TableUri", "Create"];

    readonly ServiceProvider _services;
    readonly AzuriteProcess? _azurite;

    OtherStorage(ServiceProvider services, AzuriteProcess? azurite) => (_services, _azurite) = (services, azurite);

    public IServiceProvider Services => _services;

    public StorageAccount Account => _services.GetRequiredService<StorageAccount>();

    /// <summary>Opens the account, with the other settings of the registry unchanged.</summary>
    /// <param name="text">A connection string; the addresses of its services, <c>BLOBURI,TABLEURI</c>; or a data folder of Azurite.</param>
    /// <param name="configuration">Configuration of the registry.</param>
    /// <param name="create">Whether missing tables and containers are created.</param>
    /// <exception cref="StartupException">The account cannot be reached, or the text is not valid.</exception>
    public static async Task<OtherStorage> OpenAsync(string text, IConfiguration configuration, bool create)
    {
        var other = new ConfigurationManager();
        other.AddInMemoryCollection(configuration.AsEnumerable().Where(pair =>
            pair.Key.StartsWith($"{RegistryOptions.Section}:", StringComparison.OrdinalIgnoreCase)
            && !s_account.Contains(
                pair.Key.Replace($"{Storage}:", "", StringComparison.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase)));
        var addresses = text.Split(',');
        if (addresses.All(address => address.StartsWith("http", StringComparison.Ordinal)))
        {
            if (addresses.Length != 2)
            {
                throw new StartupException(
                    $"'{text}' must be two addresses separated by a comma: those of the blob service and of the table service.");
            }
            (other[$"{Storage}:BlobUri"], other[$"{Storage}:TableUri"]) = (addresses[0], addresses[1]);
        }
        else if (text.Contains("AccountName=", StringComparison.OrdinalIgnoreCase)
            || text.Contains("UseDevelopmentStorage=", StringComparison.OrdinalIgnoreCase))
        {
            other[$"{Storage}:ConnectionString"] = text;
        }
        else if (create || Directory.Exists(text))
        {
            other["data"] = text;
        }
        else
        {
            throw new StartupException($"Folder {text} does not exist.");
        }
        var azurite = await StorageConnection.StartOrShareAzuriteAsync(other, Console.Error);
        other[$"{Storage}:Create"] = create ? "true" : "false";
        var services = new ServiceCollection().AddSingleton<IConfiguration>(other).AddLogging().AddRegistry(other);
        var opened = new OtherStorage(services.BuildServiceProvider(), azurite);
        try
        {
            await StorageConnection.OpenAsync(opened.Services);
            return opened;
        }
        catch (StartupException)
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_azurite is not null) await _azurite.DisposeAsync();
    }
}
