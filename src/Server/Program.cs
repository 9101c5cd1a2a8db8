using System.Net.Sockets;
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
    // Settings are read once: a watcher for changes would watch everything below the current folder, where Azurite writes layers.
    var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    // StartAsync reports failures to listen in one line.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    builder.WebHost.UseKestrelHttpsConfiguration();
    builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureForRegistry());
    builder.Services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockPool.Factory>();
    if (!Listening.IsConfigured(builder.Configuration)) builder.WebHost.UseUrls(CommandLine.DefaultUrl);
    // Without a policy a registry is open, which is safe on loopback only.
    var open = !HasPolicy(builder.Configuration);
    if (open && !Listening.IsLocal(builder.Configuration))
    {
        throw new StartupException(
            "Other machines can reach this address, so the registry needs a policy: set --Registry:PolicyFile=registry.policy.json "
            + "(docs/use/access.md), or listen on 127.0.0.1.");
    }
    builder.Services.AddRegistry(builder.Configuration, openWithoutPolicy: open).AddRegistryTelemetry(builder.Configuration);
    builder.Services.AddHostedService<CollectionSchedule>();
    if (open) OpenRegistry.AddTo(builder);
    // The audit log belongs on the console, too.
    builder.Logging.AddFilter(AuditLog.Category, LogLevel.Information);

    await using var azurite = await StorageConnection.StartAzuriteAsync(builder.Configuration);
    await using var app = builder.Build();
    var account = await StorageConnection.OpenAsync(app.Services);
    if (open) OpenRegistry.UseIn(app);
    app.MapRegistry();
    await StartAsync(app);
    var policy = app.Services.GetRequiredService<PolicySource>().Current;
    var storage = azurite is null ? $"at {account.Endpoint}" : $"Azurite in {azurite.Folder}";
    Console.WriteLine(Banner.For(Listening.AddressOf(app), storage, policy));

    var stopping = app.WaitForShutdownAsync();
    if (azurite is null || await Task.WhenAny(stopping, azurite.Ended) == stopping)
    {
        await stopping;
        return;
    }
    await app.StopAsync();
    throw new StartupException(
        "Azurite has ended unexpectedly, so the server stops. Writes that Azurite acknowledged in its last 5 seconds may be lost.");
}

static bool HasPolicy(IConfiguration configuration)
{
    var section = configuration.GetSection(RegistryOptions.Section);
    return !string.IsNullOrEmpty(section[nameof(RegistryOptions.Policy)])
        || !string.IsNullOrEmpty(section[nameof(RegistryOptions.PolicyFile)]);
}

static async Task StartAsync(WebApplication app)
{
    try
    {
        await app.StartAsync();
    }
    catch (Exception e) when (e is IOException or InvalidOperationException or FormatException or ArgumentException or SocketException)
    {
        throw new StartupException($"The server cannot listen: {e.Message} Set another address with --urls.");
    }
}
