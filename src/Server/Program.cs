using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Registry;
using Registry.Server;

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
    // Settings are read once. Whoever watches for changes watches all below the current folder, and there Azurite writes layers.
    var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    // Failures to listen are told in one line below.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    builder.WebHost.UseKestrelHttpsConfiguration();
    builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureForRegistry());
    builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPool.Factory>();
    if (!Listening.IsConfigured(builder.Configuration)) builder.WebHost.UseUrls(CommandLine.DefaultUrl);
    builder.Services.AddRegistry(builder.Configuration).AddRegistryTelemetry(builder.Configuration);
    // A registry on one's own machine is open to oneself; anywhere else its owner says who may do what.
    builder.Configuration[$"{RegistryOptions.Section}:{nameof(RegistryOptions.Anonymous)}"] ??=
        (Listening.IsLocal(builder.Configuration) ? AnonymousAccess.All : AnonymousAccess.None).ToString();

    await using var azurite = await StorageConnection.StartAzuriteAsync(builder.Configuration);
    await using var app = builder.Build();
    var account = await StorageConnection.OpenAsync(app.Services);
    app.MapRegistry();
    await StartAsync(app);
    var access = app.Services.GetRequiredService<IOptions<RegistryOptions>>().Value.Anonymous;
    Console.WriteLine(Banner.For(Listening.AddressOf(app), azurite is null ? $"at {account.Endpoint}" : $"Azurite in {azurite.Folder}", access));

    var stopping = app.WaitForShutdownAsync();
    if (azurite is null || await Task.WhenAny(stopping, azurite.Ended) == stopping)
    {
        await stopping;
        return;
    }
    await app.StopAsync();
    throw new StartupException("Azurite has ended unexpectedly, and with it the server. What it had acknowledged in its last 5 seconds may be lost.");
}

static async Task StartAsync(WebApplication app)
{
    try
    {
        await app.StartAsync();
    }
    catch (Exception e) when (e is IOException or InvalidOperationException or FormatException or ArgumentException or System.Net.Sockets.SocketException)
    {
        throw new StartupException($"The server cannot listen: {e.Message} Name another address with --urls.");
    }
}
