using Azure;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Registry;
using Registry.Functions;
using Registry.Http;
using Registry.Storage;

// A worker that ends is started three times, and then its host ends. So this one stays, whatever is wrong, and says what.
IHost app;
try
{
    app = BuildRegistry(args);
    await PrepareAsync(app);
}
catch (Exception e)
{
    app = BuildRefusal(args);
    RegistryFunctions.Log.SettingsInvalid(LoggerOf(app), e.Message);
}
await app.RunAsync();

static ILogger LoggerOf(IHost app) => app.Services.GetRequiredService<ILogger<RegistryFunctions>>();

static IHost BuildRegistry(string[] args)
{
    var builder = CreateBuilder(args);
    builder.UseMiddleware<ClientAddress>();
    builder.Services.AddRegistry(builder.Configuration).AddRegistrySignals(builder.Configuration);
    KeyPreload.AddTo(builder.Services);
    builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureForRegistry());
    // The Functions host refuses larger bodies with 500, so the registry tells clients the limit in advance.
    builder.Services.Configure<RegistryOptions>(options =>
        options.Uploads.MaxRequestBytes ??= builder.Configuration.GetValue("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 100 * 1024 * 1024L));
    builder.Services.Configure<HostOptions>(host => host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore);
    return builder.Build();
}

// Does nothing in Azure, where infra/ has created the tables and containers. Reads the settings and the policy, which can be invalid.
static async Task PrepareAsync(IHost app)
{
    var account = app.Services.GetRequiredService<StorageAccount>();
    try
    {
        await account.PrepareAsync(CancellationToken.None);
    }
    catch (Exception e) when (e is RequestFailedException or AggregateException)
    {
        RegistryFunctions.Log.StorageNotPrepared(LoggerOf(app), e);
    }
}

static IHost BuildRefusal(string[] args)
{
    var builder = CreateBuilder(args);
    builder.UseMiddleware(async (context, _) =>
    {
        if (context.GetHttpContext() is not { } http) return;
        await InvalidSettings.RefuseAsync(http);
        context.GetInvocationResult().Value = new EmptyResult();
    });
    return builder.Build();
}

static FunctionsApplicationBuilder CreateBuilder(string[] args)
{
    var builder = FunctionsApplication.CreateBuilder(args);
    builder.ConfigureFunctionsWebApplication();
    // The categories of host.json do not apply here: the Functions host logs all that the worker sends as Function.<name>.User.
    foreach (var library in new[] { "Microsoft", "System", "Azure" }) builder.Logging.AddFilter(library, LogLevel.Warning);
    // ASP.NET Core adds data protection, which nothing uses where the registry does not add its keys.
    builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
    return builder;
}
