using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Access;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>The keys that seal tokens, on a storage that has none yet.</summary>
public sealed class TokenKeysTests : IAsyncLifetime
{
    ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Registry:Storage:ConnectionString", await SharedAzurite.NewAccountAsync())]).Build();
        _services = new ServiceCollection().AddLogging().AddRegistry(configuration).BuildServiceProvider();
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    /// <summary>Hosts that start at the same moment, as when scaling out, must accept each other's tokens at once.</summary>
    [Fact]
    public async Task Hosts_that_start_together_without_a_key_agree_on_one()
    {
        var keys = _services.GetRequiredService<TokenKeys>();
        var hosts = Enumerable.Range(0, 8).Select(_ => StartHost(keys)).ToList();
        var texts = await Task.WhenAll(hosts.Select(host => Task.Run(() => host.Protect("hello"))));
        Assert.All(hosts, host => Assert.All(texts, text => Assert.Equal("hello", host.Unprotect(text))));
        Assert.Single(keys.GetAllElements());
    }

    [Fact]
    public void Keys_of_other_days_and_revocations_are_kept()
    {
        foreach (var (day, name, kind) in new[] { (1, "key-a", "key"),
            (2, "key-b", "key"), (2, "key-c", "key"), (2, "revocation-a", "revocation"), (2, "revocation-b", "revocation") })
        {
            new TokenKeys(_services.GetRequiredService<StorageAccount>(), new Day(new(2001, 2, day, 0, 0, 0, TimeSpan.Zero)))
                .StoreElement(new XElement(kind, new XAttribute("id", name)), name);
        }
        Assert.Equal(
            ["key-a", "key-b", "revocation-a", "revocation-b"],
            _services.GetRequiredService<TokenKeys>().GetAllElements()
                .Select(element => (string)element.Attribute("id")!).Order(StringComparer.Ordinal));
    }

    static IDataProtector StartHost(TokenKeys keys)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("registry");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = keys);
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>().CreateProtector("tokens");
    }

    sealed class Day(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
