using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Storage;
using Xunit;

namespace Registry.Tests;

/// <summary>The real registry on a port of its own, in this process, on the Azurite that all tests share.</summary>
/// <remarks>
/// As a class fixture it has the default settings and is open to all callers; a test that needs others starts its own with
/// <see cref="StartAsync"/>.
/// </remarks>
public class TestRegistry : IAsyncLifetime, IAsyncDisposable
{
    WebApplication? _app;

    /// <summary>For example <c>127.0.0.1:43211</c>.</summary>
    public string Host => Address.Authority;

    public Uri Address { get; private set; } = null!;

    /// <summary>Does not follow redirects, so that tests see them.</summary>
    public HttpClient Client { get; private set; } = null!;

    public T Get<T>()
        where T : notnull => _app!.Services.GetRequiredService<T>();

    /// <summary>Number of storage requests of this registry since it started.</summary>
    public long Transactions => Get<StorageTransactions>().Total;

    /// <summary>A name that no other test uses.</summary>
    public static string NewName() => $"test/{Guid.NewGuid():N}";

    public static async Task<TestRegistry> StartAsync(Action<RegistryOptions>? configure = null,
        TimeProvider? time = null, ILoggerProvider? log = null)
    {
        var registry = new TestRegistry();
        await registry.StartCoreAsync(configure, time, log);
        return registry;
    }

    public virtual Task InitializeAsync() => StartCoreAsync(null, null, null);

    async Task StartCoreAsync(Action<RegistryOptions>? configure, TimeProvider? time, ILoggerProvider? log)
    {
        var connection = await SharedAzurite.GetConnectionStringAsync();
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        if (log is not null) builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureForRegistry());
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddRegistry(builder.Configuration, openWithoutPolicy: true);
        builder.Services.Configure<RegistryOptions>(options =>
        {
            options.Storage.ConnectionString = connection;
            configure?.Invoke(options);
        });
        _app = builder.Build();
        _app.MapRegistry();
        await _app.StartAsync();
        Use(new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()));
    }

    private protected void Use(Uri address)
    {
        Address = address;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        Client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
    }

    /// <summary>Ends it as a host does, with what it does then.</summary>
    public Task StopAsync() => _app!.StopAsync();

    /// <summary>Makes it an upload host, which takes the tokens of upload sessions.</summary>
    public void TakeUploads() => Get<IOptions<RegistryOptions>>().Value.Uploads.Location = Address;

    public virtual async Task DisposeAsync()
    {
        Client.Dispose();
        if (_app is not null) await _app.DisposeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
