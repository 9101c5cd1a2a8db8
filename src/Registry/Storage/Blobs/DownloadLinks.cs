using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;

namespace Registry.Storage;

/// <summary>Addresses at which clients read one blob straight from the storage account, for some minutes.</summary>
/// <remarks>
/// They are shared access signatures: of the account's key where the registry has it (the emulator), else of a user
/// delegation key, which the storage gives to the registry's identity and which is asked for once in some hours.
/// </remarks>
public sealed class DownloadLinks(StorageAccount account, TimeProvider time) : IDisposable
{
    /// <summary>A client that follows a redirect does so at once; a download that has begun is not cut off.</summary>
    static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(5);

    static readonly TimeSpan s_keyLifetime = TimeSpan.FromHours(6);

    readonly SemaphoreSlim _renewal = new(1);
    UserDelegationKey? _key;

    /// <summary>An address that may be read from until ten minutes from now: no transaction, but for the key.</summary>
    public async Task<Uri> CreateAsync(BlobLink link, CancellationToken cancellationToken)
    {
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(link.Digest, link.ObjectId));
        var now = time.GetUtcNow();
        var sas = new BlobSasBuilder(BlobSasPermissions.Read, now + s_lifetime)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
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
        if (IsGood(_key, now)) return _key!;
        await _renewal.WaitAsync(cancellationToken);
        try
        {
            if (!IsGood(_key, now))
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

    /// <summary>A signature is valid no longer than its key.</summary>
    static bool IsGood(UserDelegationKey? key, DateTimeOffset now) => key is not null && key.SignedExpiresOn > now + s_lifetime + s_clockSkew;
}
