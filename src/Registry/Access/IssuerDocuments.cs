using System.Net;
using Microsoft.IdentityModel.Protocols;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Gets the discovery document of an issuer and its keys, from the hosts that the policy allows. Follows no redirect.</summary>
/// <param name="issuer">The issuer.</param>
/// <param name="http">A client that follows no redirects and limits the size of responses.</param>
sealed class IssuerDocuments(TrustedIssuer issuer, HttpClient http) : IDocumentRetriever
{
    /// <exception cref="HttpRequestException">The document is elsewhere, or not there.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url)) throw new HttpRequestException("Its keys have no absolute address.");
        if (!issuer.MayPublishAt(url))
        {
            throw new HttpRequestException(
                $"Its keys are on another host, {url.GetLeftPart(UriPartial.Authority)}. If that is right, add the host to the jwksHosts "
                + "of the issuer in the policy.");
        }
        using var response = await http.GetAsync(url, cancel);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException(
                $"{url.GetLeftPart(UriPartial.Path)} answers {(int)response.StatusCode}; only 200 is accepted, and no redirect followed.");
        }
        return await response.Content.ReadAsStringAsync(cancel);
    }
}
