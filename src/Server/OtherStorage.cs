using Registry.Server.Azurite;
using Registry.Storage;

namespace Registry.Server;

/// <summary>A second storage account, which a command has to do with beside that of its settings.</summary>
sealed class OtherStorage : IAsyncDisposable
{
    const string Storage = $"{RegistryOptions.Section}:Storage";

    static readonly string[] s_account = ["ConnectionString", "BlobUri", "TableUri", "Create"];

    readonly ServiceProvider _services;
    readonly AzuriteProcess? _azurite;

    OtherStorage(ServiceProvider services, AzuriteProcess? azurite) => (_services, _azurite) = (services, azurite);

    public IServiceProvider Services => _services;

    public StorageAccount Account => _services.GetRequiredService<StorageAccount>();

    /// <summary>Opens it, with the settings that the first one has.</summary>
    /// <param name="text">A connection string; the addresses of its services, <c>BLOBURI,TABLEURI</c>; or the folder of an Azurite of its own.</param>
    /// <param name="configuration">Of the first one.</param>
    /// <param name="create">Whether tables and containers are created where they are missing.</param>
    /// <exception cref="StartupException">It cannot be reached, or is none.</exception>
    public static async Task<OtherStorage> OpenAsync(string text, IConfiguration configuration, bool create)
    {
        var other = new ConfigurationManager();
        other.AddInMemoryCollection(configuration.AsEnumerable().Where(pair =>
            pair.Key.StartsWith($"{RegistryOptions.Section}:", StringComparison.OrdinalIgnoreCase)
            && !s_account.Contains(pair.Key.Replace($"{Storage}:", "", StringComparison.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase)));
        var addresses = text.Split(',');
        if (addresses.All(address => address.StartsWith("http", StringComparison.Ordinal)))
        {
            if (addresses.Length != 2) throw new StartupException($"'{text}' must be two addresses, those of the blob and of the table service, with a comma between them.");
            (other[$"{Storage}:BlobUri"], other[$"{Storage}:TableUri"]) = (addresses[0], addresses[1]);
        }
        else if (text.Contains("AccountName=", StringComparison.OrdinalIgnoreCase) || text.Contains("UseDevelopmentStorage=", StringComparison.OrdinalIgnoreCase))
        {
            other[$"{Storage}:ConnectionString"] = text;
        }
        else if (create || Directory.Exists(text))
        {
            other["data"] = text;
        }
        else
        {
            throw new StartupException($"There is no folder {text}.");
        }
        var azurite = await StorageConnection.StartOrShareAzuriteAsync(other, Console.Error);
        other[$"{Storage}:Create"] = create ? "true" : "false";
        var opened = new OtherStorage(new ServiceCollection().AddSingleton<IConfiguration>(other).AddLogging().AddRegistry(other).BuildServiceProvider(), azurite);
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
