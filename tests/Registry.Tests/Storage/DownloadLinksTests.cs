using System.Net;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>Links to blobs where the registry has no key of the account but an identity, as in Azure.</summary>
public sealed class DownloadLinksTests : IAsyncLifetime, IDisposable
{
    static readonly DateTimeOffset s_began = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    readonly Clock _clock = new();
    readonly byte[] _content = RandomBytes(1000);
    readonly byte[] _other = RandomBytes(1000);
    SecureAzurite _azurite = null!;
    IdentityService _identity = null!;
    ServiceProvider _services = null!;
    HttpMessageHandler _handler = null!;

    public async Task InitializeAsync()
    {
        _azurite = await SecureAzurite.StartAsync();
        _identity = await IdentityService.StartAsync();
        _handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.Thumbprint == _azurite.Certificate.Thumbprint };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Registry:Storage:BlobUri", _azurite.Address.ToString()),
            // Nothing here asks the tables.
            new("Registry:Storage:TableUri", _azurite.Address.ToString()),
            new("Registry:Storage:ManagedIdentityClientId", "0a9c3a52-55bb-4c3c-8d2f-1f5ed2a4d0c7"),
        ]).Build();
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddRegistry(configuration).BuildServiceProvider();
        var container = Trusting(() => _services.GetRequiredService<StorageAccount>()).BlobObjects;
        await container.CreateAsync();
        foreach (var content in new[] { _content, _other }) await container.UploadBlobAsync(NameOf(content), new BinaryData(content));
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _identity.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    public void Dispose() => _handler.Dispose();

    [Fact]
    public async Task Link_reads_one_blob_for_ten_minutes_and_does_nothing_else()
    {
        var link = await CreateAsync(_content);
        using var client = new HttpClient(_handler, disposeHandler: false);
        Assert.Equal(_content, await client.GetByteArrayAsync(link));
        var query = HttpUtility.ParseQueryString(link.Query);
        Assert.Equal(("r", "b", "https"), (query["sp"], query["sr"], query["spr"]));
        Assert.Equal((s_began.AddMinutes(-5), s_began.AddMinutes(10)), (Time(link, "st"), Time(link, "se")));
        // Of the identity that the token is of, not of the account's key.
        Assert.Equal("d1f6f3f2-7a3f-4bb0-9f7d-1b6f6a1f2c33", query["skoid"]);

        using var written = await client.SendAsync(new HttpRequestMessage(HttpMethod.Put, link) { Content = Body([1]), Headers = { { "x-ms-blob-type", "BlockBlob" } } });
        using var deleted = await client.DeleteAsync(link);
        using var other = await client.GetAsync(new UriBuilder(await CreateAsync(_other)) { Query = link.Query }.Uri);
        Assert.All([written, deleted, other], answer => Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode));
        Assert.Equal(_content, await client.GetByteArrayAsync(link));
    }

    [Fact]
    public async Task Key_is_asked_for_once_and_again_before_a_link_would_outlive_it()
    {
        var transactions = _services.GetRequiredService<StorageTransactions>();
        var before = transactions.Total;
        var first = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreateAsync(_content)));
        Assert.Equal(1, transactions.Total - before);
        Assert.Equal(s_began.AddHours(6), Time(first[0], "ske"));
        Assert.Equal(s_began.AddMinutes(-5), Time(first[0], "skt"));

        // The key is to live ten minutes longer than now, and five more for clocks that differ.
        _clock.Passed = TimeSpan.FromHours(6) - TimeSpan.FromMinutes(15) - TimeSpan.FromSeconds(1);
        var last = await CreateAsync(_content);
        Assert.Equal((1, s_began.AddHours(6)), (transactions.Total - before, Time(last, "ske")));
        _clock.Passed += TimeSpan.FromSeconds(1);
        var renewed = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CreateAsync(_content)));
        Assert.Equal(2, transactions.Total - before);
        Assert.All([.. first, last, .. renewed], link => Assert.True(Time(link, "se") < Time(link, "ske")));
        Assert.Equal(s_began + _clock.Passed + TimeSpan.FromHours(6), Time(renewed[0], "ske"));
    }

    /// <summary>Clients that are made meanwhile trust the certificate of <see cref="_azurite"/>; those of other tests notice nothing, since theirs has none.</summary>
    T Trusting<T>(Func<T> create)
    {
        var before = ClientOptions.Default.Transport;
        ClientOptions.Default.Transport = new HttpClientTransport(_handler);
        try
        {
            return create();
        }
        finally
        {
            ClientOptions.Default.Transport = before;
        }
    }

    Task<Uri> CreateAsync(byte[] content) =>
        _services.GetRequiredService<DownloadLinks>().CreateAsync(new BlobLink(Digest.Parse(DigestOf(content)), "object", content.Length), CancellationToken.None);

    static string NameOf(byte[] content) => $"{DigestOf(content).Replace(':', '/')}/object";

    static DateTimeOffset Time(Uri link, string parameter) =>
        DateTimeOffset.Parse(HttpUtility.ParseQueryString(link.Query)[parameter]!, System.Globalization.CultureInfo.InvariantCulture);

    sealed class Clock : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override DateTimeOffset GetUtcNow() => s_began + Passed;
    }
}
