using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;

namespace Registry.Storage;

/// <summary>URLs with which clients download one blob directly from the storage account, valid for some minutes.</summary>
/// <remarks>
/// They are shared access signatures (SAS), signed by the account's key if the registry has it (as with the emulator); otherwise by
/// a user delegation key, which the storage issues to the registry's identity and which is renewed every few hours.
/// </remarks>
public sealed class DownloadLinks(StorageAccount account, TimeProvider time) : IDisposable
{
    /// <summary>Clients follow a redirect at once; a download in progress is not cut off when the URL expires.</summary>
    static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    static readonly TimeSpan s_keyLifetime = TimeSpan.FromHours(6);

    readonly SemaphoreSlim _renewal = new(1);
    UserDelegationKey? _key;

    /// <summary>A URL that is valid for ten minutes: no transaction, except to renew the key.</summary>
    public async Task<Uri> CreateAsync(BlobLink link, CancellationToken cancellationToken)
    {
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(link.Digest, link.ObjectId));
        var now = time.GetUtcNow();
        var sas = new BlobSasBuilder(BlobSasPermissions.Read, now + s_lifetime)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            // Nor may a browser show strangers' bytes under the storage account's name.
            ContentDisposition = "attachment",
            StartsOn = now - s_clockSkew,
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        if (blob.CanGenerateSasUri) return blob.GenerateSasUri(sas);
        var key = await GetKeyAsync(now, cancellationToken);
        return new BlobUriBuilder(blob.Uri) { Sas = sas.ToSasQueryParameters(key, account.Blobs.AccountName) }.ToUri();
    }

    public void Dispose() => _renewal.Dispose();

    async Task<UserDelegationKey> GetKeyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (IsUsable(_key, now)) return _key!;
        await _renewal.WaitAsync(cancellationToken);
        try
        {
            if (!IsUsable(_key, now))
            {
                var options = new BlobGetUserDelegationKeyOptions(now + s_keyLifetime) { StartsOn = now - s_clockSkew };
                _key = await account.Blobs.GetUserDelegationKeyAsync(options, cancellationToken);
            }
            return _key!;
        }
        finally
        {
            _renewal.Release();
        }
    }

    /// <summary>Whether a URL that is signed now stays valid for its whole lifetime: a signature expires with its key.</summary>
    static bool IsUsable(UserDelegationKey? key, DateTimeOffset now) =>
        key is not null && key.SignedExpiresOn > now + s_lifetime + s_clockSkew;
}
