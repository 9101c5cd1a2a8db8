using Registry.FunctionsHost;
using Registry.Server;
using Registry.Server.Azurite;

// dotnet run --project tests/FunctionsHost -- [--port 7071] [--data FOLDER] [--app FOLDER]
try
{
    var settings = Settings.Read(args);
    await using var azurite = settings.NeedsAzurite
        ? await AzuriteProcess.StartAsync(settings.Data, Console.Out, CancellationToken.None)
        : null;
    if (azurite is not null) settings.Use(azurite.ConnectionString);
    await Registry.FunctionsHost.Host.RunAsync(settings);
    return 0;
}
catch (OperationCanceledException)
{
    // Stopped before it was ready.
    return 0;
}
catch (Exception e) when (e is WorkerException or StartupException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
