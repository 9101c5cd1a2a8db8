using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Registry;
using Registry.Functions;
using Registry.Storage;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<ClientAddress>();
// The categories of host.json do not apply here: the Functions host logs all that the worker sends as Function.<name>.User.
foreach (var library in new[] { "Microsoft", "System", "Azure" }) builder.Logging.AddFilter(library, LogLevel.Warning);
builder.Services.AddRegistry(builder.Configuration).AddRegistrySignals(builder.Configuration);
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureForRegistry());
// The Functions host refuses larger bodies with 500, so the registry tells clients the limit in advance.
builder.Services.Configure<RegistryOptions>(options =>
    options.Uploads.MaxRequestBytes ??= builder.Configuration.GetValue("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 100 * 1024 * 1024L));
var app = builder.Build();

// Does nothing in Azure, where infra/ has created the tables and containers.
await app.Services.GetRequiredService<StorageAccount>().PrepareAsync(CancellationToken.None);
await app.RunAsync();
