using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Registry;
using Registry.Storage;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddRegistry(builder.Configuration);
// The worker's own limit of 30 MB; the host has another (FUNCTIONS_REQUEST_BODY_SIZE_LIMIT).
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = null);
var app = builder.Build();

// In Azure the tables and containers are made by infra/; on the emulator by the app.
if (builder.Configuration.GetValue<bool>("Registry:Storage:Create"))
    await app.Services.GetRequiredService<StorageAccount>().CreateAsync(CancellationToken.None);
await app.RunAsync();
