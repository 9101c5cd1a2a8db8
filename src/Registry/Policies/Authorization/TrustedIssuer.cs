namespace Registry.Policies;

/// <summary>A trusted token issuer.</summary>
/// <param name="Name">Name in the policy.</param>
/// <param name="Address">Exact value of the claim <c>iss</c> of its tokens.</param>
/// <param name="Audiences">Accepted values of the claim <c>aud</c>; a token must have one of them.</param>
/// <param name="Claims">Names of the claims that rules use.</param>
public sealed record TrustedIssuer(string Name, string Address, IReadOnlyList<string> Audiences, IReadOnlyCollection<string> Claims)
{
    /// <summary>Hosts, with their port where it is not the default, on which its keys may be besides its own.</summary>
    public IReadOnlyList<string> JwksHosts { get; init; } = [];

    /// <summary>Whether its documents may be at a URL: on its own host or one of <see cref="JwksHosts"/>, with its own scheme.</summary>
    public bool MayPublishAt(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var own = new Uri(Address);
        return url.Scheme == own.Scheme && (url.Authority == own.Authority || JwksHosts.Contains(url.Authority));
    }
}
