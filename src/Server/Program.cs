using Microsoft.AspNetCore.Connections;
using Registry;
using Registry.Access;
using Registry.Server;

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}
try
{
    if (PolicyCommands.Run(args, Console.Out, TimeProvider.System) is { } exitCode) return exitCode;
    if (await StorageCommands.RunAsync(args, Console.Out) is { } result) return result;
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
    // A registry on one's own machine is open to oneself; anywhere else its owner says who may do what.
    var open = !HasPolicy(builder.Configuration);
    if (open && !Listening.IsLocal(builder.Configuration))
    {
        throw new StartupException(
            "Others can reach this address, so the registry needs a policy that says who may do what: name one with --Registry:PolicyFile=registry.policy.json (docs/use/access.md), or listen on 127.0.0.1.");
    }
    builder.Services.AddRegistry(builder.Configuration, openWithoutPolicy: open).AddRegistryTelemetry(builder.Configuration);
    builder.Services.AddHostedService<CollectionSchedule>();
    if (open) OpenRegistry.AddTo(builder);
    // Who did what belongs on the console like what went wrong.
    builder.Logging.AddFilter(AuditLog.Category, LogLevel.Information);

    await using var azurite = await StorageConnection.StartAzuriteAsync(builder.Configuration);
    await using var app = builder.Build();
    var account = await StorageConnection.OpenAsync(app.Services);
    if (open) OpenRegistry.UseIn(app);
    app.MapRegistry();
    await StartAsync(app);
    var policy = app.Services.GetRequiredService<PolicySource>().Current;
    Console.WriteLine(Banner.For(Listening.AddressOf(app), azurite is null ? $"at {account.Endpoint}" : $"Azurite in {azurite.Folder}", policy));

    var stopping = app.WaitForShutdownAsync();
    if (azurite is null || await Task.WhenAny(stopping, azurite.Ended) == stopping)
    {
        await stopping;
        return;
    }
    await app.StopAsync();
    throw new StartupException("Azurite has ended unexpectedly, and with it the server. What it had acknowledged in its last 5 seconds may be lost.");
}

static bool HasPolicy(IConfiguration configuration)
{
    var section = configuration.GetSection(RegistryOptions.Section);
    return !string.IsNullOrEmpty(section[nameof(RegistryOptions.Policy)]) || !string.IsNullOrEmpty(section[nameof(RegistryOptions.PolicyFile)]);
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
