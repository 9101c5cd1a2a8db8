using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Registry;
using Registry.Storage;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddRegistry(builder.Configuration).AddRegistrySignals(builder.Configuration);
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureForRegistry());
// The host in front of this process refuses longer bodies, and answers 500; those who upload are told beforehand.
builder.Services.Configure<RegistryOptions>(options =>
    options.Uploads.MaxRequestBytes ??= builder.Configuration.GetValue("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", 100 * 1024 * 1024L));
var app = builder.Build();

// In Azure infra/ has made the tables and containers, and this does nothing.
await app.Services.GetRequiredService<StorageAccount>().PrepareAsync(CancellationToken.None);
await app.RunAsync();
