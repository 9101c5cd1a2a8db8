using System.Collections.Specialized;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Oci;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Storage;

/// <summary>Links to blobs where the registry has an identity instead of the account's key, as in Azure.</summary>
public sealed class DownloadLinksTests : IAsyncLifetime, IDisposable
{
    static readonly DateTimeOffset s_began = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    static readonly BlobLink s_blob = new(DigestAlgorithm.Sha256.Of([1, 2, 3]), "object", 3);

    readonly Clock _clock = new();
    SecureAzurite _azurite = null!;
    IdentityService _identity = null!;
    ServiceProvider _services = null!;
    HttpMessageHandler _handler = null!;

    StorageAccount Account => _services.GetRequiredService<StorageAccount>();

    long Transactions => _services.GetRequiredService<StorageTransactions>().Total;

    public async Task InitializeAsync()
    {
        _azurite = await SecureAzurite.StartAsync();
        _identity = await IdentityService.StartAsync();
        _handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            certificate?.Thumbprint == _azurite.Certificate.Thumbprint
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Registry:Storage:BlobUri", _azurite.Address.ToString()),
            // These tests do not use the tables.
            new("Registry:Storage:TableUri", _azurite.Address.ToString()),
            new("Registry:Storage:ManagedIdentityClientId", "0a9c3a52-55bb-4c3c-8d2f-1f5ed2a4d0c7"),
        ]).Build();
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddRegistry(configuration).BuildServiceProvider();
        // Clients created meanwhile trust the certificate; those of other tests are unaffected, since their storage uses no
        // TLS.
        var before = ClientOptions.Default.Transport;
        ClientOptions.Default.Transport = new HttpClientTransport(_handler);
        _ = Account;
        ClientOptions.Default.Transport = before;
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _identity.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    public void Dispose() => _handler.Dispose();

    [Fact]
    public async Task Link_is_signed_for_reading_one_blob_for_ten_minutes()
    {
        var link = await CreateAsync();
        Assert.Equal($"{_azurite.Address}/blobs/{s_blob.Digest.ToString().Replace(':', '/')}/object", link.GetLeftPart(UriPartial.Path));
        var query = HttpUtility.ParseQueryString(link.Query);
        Assert.Equal(("r", "b", "https"), (query["sp"], query["sr"], query["spr"]));
        Assert.Equal((s_began.AddMinutes(-5), s_began.AddMinutes(10)), (Time(link, "st"), Time(link, "se")));
        // Of the token's identity, not of the account's key.
        Assert.Equal(IdentityService.Principal, query["skoid"]);
        Assert.Equal(await SignAsync(query, link.AbsolutePath), query["sig"]);
    }

    [Fact]
    public async Task Key_is_cached_and_renewed_before_a_link_would_outlive_it()
    {
        var before = Transactions;
        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreateAsync()));
        Assert.Equal(1, Transactions - before);
        Assert.Equal((s_began.AddMinutes(-5), s_began.AddHours(6)), (Time(first[0], "skt"), Time(first[0], "ske")));

        // A link is valid for ten minutes, and clocks may differ by five.
        _clock.Passed = TimeSpan.FromHours(6) - TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1);
        var last = await CreateAsync();
        Assert.Equal((1, s_began.AddHours(6)), (Transactions - before, Time(last, "ske")));
        _clock.Passed += TimeSpan.FromSeconds(1);
        var renewed = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreateAsync()));
        Assert.Equal(2, Transactions - before);
        Assert.All(renewed, link => Assert.Equal(s_began + _clock.Passed + TimeSpan.FromHours(6), Time(link, "ske")));
        Assert.All([.. first, last, .. renewed], link => Assert.True(Time(link, "se") < Time(link, "ske")));
    }

    Task<Uri> CreateAsync() => _services.GetRequiredService<DownloadLinks>().CreateAsync(s_blob, CancellationToken.None);

    /// <summary>
    /// The signature as the service computes it,
    /// https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas. The emulator returns the same key for
    /// the same times, but does not support signatures of the SDK's version, so it cannot verify them.
    /// </summary>
    async Task<string> SignAsync(NameValueCollection query, string path)
    {
        var options = new BlobGetUserDelegationKeyOptions(DateTimeOffset.Parse(query["ske"]!, CultureInfo.InvariantCulture))
        {
            StartsOn = DateTimeOffset.Parse(query["skt"]!, CultureInfo.InvariantCulture),
        };
        UserDelegationKey key = await Account.Blobs.GetUserDelegationKeyAsync(options);
        string?[] signed =
        [
            query["sp"], query["st"], query["se"], $"/blob{path}",
                query["skoid"], query["sktid"], query["skt"], query["ske"], query["sks"], query["skv"],
            // Other users, a correlation id, addresses; then a snapshot, an encryption scope, headers and parameters of
            // requests, headers of answers.
            .. new string[6], query["spr"], query["sv"], query["sr"], .. new string[5], query["rscd"], .. new string[3],
        ];
        return Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key.Value),
            Encoding.UTF8.GetBytes(string.Join('\n', signed))));
    }

    static DateTimeOffset Time(Uri link, string parameter) =>
        DateTimeOffset.Parse(HttpUtility.ParseQueryString(link.Query)[parameter]!, CultureInfo.InvariantCulture);

    sealed class Clock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override DateTimeOffset GetUtcNow() => s_began + Passed;
    }
}
