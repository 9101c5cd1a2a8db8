using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Registry.Policies;

namespace Registry.Access;

/// <summary>The public keys of one issuer, found by discovery (OpenID Connect Discovery 1.0, section 4) and kept in memory.</summary>
/// <remarks>
/// Known keys are used at once, and discovered again in the background when they are an hour old: an issuer that does not answer
/// delays no token whose key is known. Only usable documents replace known keys. A request that needs a key that is not known waits for
/// one discovery, which all share and which has a time limit. (ConfigurationManager of Microsoft.IdentityModel either makes all
/// wait, or refuses tokens with a new key while it refreshes, and makes the first ones wait one after the other.)
/// </remarks>
sealed partial class IssuerKeys(TrustedIssuer issuer, IHttpClientFactory http, TimeProvider time, ILogger<IssuerTokens> logger)
{
    /// <summary>Name of the HTTP client that gets discovery documents and keys.</summary>
    public const string HttpClientName = "Registry.Issuers";

    /// <summary>Longest time of a discovery, and so the longest that a request waits for one.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>How old keys are when they are discovered again. So long a key is accepted that its issuer has withdrawn.</summary>
    static readonly TimeSpan s_freshness = TimeSpan.FromHours(1);

    /// <summary>Shortest time between two discoveries where keys are known: callers cause them by tokens with an unknown key.</summary>
    static readonly TimeSpan s_refreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>The same where no keys are known.</summary>
    static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    volatile Keys? _known;
    Task<Keys?>? _discovery;
    long _began;
    TimeSpan _interval;

    /// <summary>The known keys at once, or those of a first discovery.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer does not return them.</exception>
    public async ValueTask<Keys> GetAsync(CancellationToken cancellationToken)
    {
        if (_known is not { } known) return await DiscoverAsync(cancellationToken);
        if (time.GetElapsedTime(known.Discovered) >= s_freshness) _ = Discover();
        return known;
    }

    /// <summary>Keys that are newer than those that a token's key is not among; the same if they were discovered just now.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer does not return them.</exception>
    public async ValueTask<Keys> GetNewerAsync(Keys used, CancellationToken cancellationToken) =>
        _known is { } known && known != used ? known : await DiscoverAsync(cancellationToken);

    async Task<Keys> DiscoverAsync(CancellationToken cancellationToken) =>
        await Discover().WaitAsync(cancellationToken) ?? throw new IssuerUnavailableException(issuer.Address);

    /// <summary>The discovery under way, the last one if it began just now, or a new one; its result is null if it failed.</summary>
    Task<Keys?> Discover()
    {
        lock (_lock)
        {
            if (_discovery is { IsCompleted: false } || (_discovery is not null && time.GetElapsedTime(_began) < _interval))
                return _discovery;
            (_began, _interval) = (time.GetTimestamp(), _known is null ? s_retryInterval : s_refreshInterval);
            return _discovery = Task.Run(FetchAsync, CancellationToken.None);
        }
    }

    async Task<Keys?> FetchAsync()
    {
        var address = $"{issuer.Address.TrimEnd('/')}/.well-known/openid-configuration";
        using var limit = new CancellationTokenSource(TimeLimit, time);
        try
        {
            using var client = http.CreateClient(HttpClientName);
            var configuration = await OpenIdConnectConfigurationRetriever.GetAsync(
                address, new IssuerDocuments(issuer, client), limit.Token);
            if (configuration.Issuer != issuer.Address)
                throw new InvalidDataException("Its discovery document is not its own: its property issuer differs.");
            // No symmetric keys: one that verifies signatures can also make them.
            IReadOnlyList<SecurityKey> usable = [.. configuration.SigningKeys.OfType<AsymmetricSecurityKey>()];
            if (usable.Count == 0) throw new InvalidDataException("It lists no public key for signatures.");
            // A key that is unknown may be newer than the first discovery, which must not delay the next.
            if (_known is null) _interval = TimeSpan.Zero;
            return _known = new(usable, time.GetTimestamp());
        }
        catch (Exception e)
        {
            // Whatever is wrong with documents of others: the known keys stay.
            var reason = e is OperationCanceledException ? $"It did not answer within {TimeLimit.TotalSeconds} seconds." : e.Message;
            Log.NotDiscovered(logger, issuer.Address, _known is null ? "no keys are known" : "its known keys stay in use", reason);
            return null;
        }
    }

    /// <summary>Keys of one discovery.</summary>
    /// <param name="Signing">The public keys.</param>
    /// <param name="Discovered">When they were discovered, as a timestamp.</param>
    public sealed record Keys(IReadOnlyList<SecurityKey> Signing, long Discovered);

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The keys of the issuer {Issuer} cannot be discovered; {Consequence}. {Reason}")]
        public static partial void NotDiscovered(ILogger logger, string issuer, string consequence, string reason);
    }
}
