using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Registry;
using Registry.Server;
using Registry.Server.Azurite;

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}
try
{
    CommandLine.Check(args);
    await ServeAsync(args);
    return 0;
}
catch (StartupException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static async Task ServeAsync(string[] args)
{
    var builder = WebApplication.CreateSlimBuilder(args);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    // Failures to listen are told in one line below.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        // Layers are of any size.
        kestrel.Limits.MaxRequestBodySize = null;
    });
    if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey])) builder.WebHost.UseUrls(CommandLine.DefaultUrl);
    builder.Services.AddRegistry(builder.Configuration);

    var data = Path.GetFullPath(builder.Configuration["data"] ?? "data");
    await using var azurite = IsStorageConfigured(builder.Configuration) ? null : await AzuriteProcess.StartAsync(data, Console.Out, CancellationToken.None);
    if (azurite is not null) builder.Configuration[$"{RegistryOptions.Section}:Storage:ConnectionString"] = azurite.ConnectionString;

    await using var app = builder.Build();
    var account = await StorageConnection.OpenAsync(app.Services);
    app.MapRegistry();
    await StartAsync(app);
    var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    Console.WriteLine(Banner.For(new Uri(address), azurite is null ? $"at {account.Endpoint}" : $"Azurite in {data}"));

    var stopping = app.WaitForShutdownAsync();
    if (azurite is null || await Task.WhenAny(stopping, azurite.Ended) == stopping)
    {
        await stopping;
        return;
    }
    await app.StopAsync();
    throw new StartupException("Azurite has ended unexpectedly, and with it the server. What it had acknowledged in its last 5 seconds may be lost.");
}

static bool IsStorageConfigured(IConfiguration configuration)
{
    var options = new RegistryOptions();
    configuration.GetSection(RegistryOptions.Section).Bind(options);
    return options.Storage.IsConfigured;
}

static async Task StartAsync(WebApplication app)
{
    try
    {
        await app.StartAsync();
    }
    catch (Exception e) when (e is IOException or InvalidOperationException or FormatException or System.Net.Sockets.SocketException)
    {
        throw new StartupException($"The server cannot listen: {e.Message} Name another address with --urls.");
    }
}
