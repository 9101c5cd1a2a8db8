using Microsoft.AspNetCore.Http;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Lists the referrers of a subject. Distribution spec, "Listing Referrers".</summary>
public sealed class ReferrerEndpoints(ReferrerStore referrers)
{
    /// <summary>end-12. Never 404: a subject without referrers, or one that does not exist, has an empty list.</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Referrers route)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        Digest? last = null;
        if (page.Last is not null && !Digest.TryParse(page.Last, out last)) return RegistryError.DigestInvalid(page.Last);
        // A media type has no space, so a space was written as '+': the suffix of a type such as application/spdx+json.
        var artifactType = context.Request.Query["artifactType"].FirstOrDefault()?.Replace(' ', '+');
        var withBody = !HttpMethods.IsHead(context.Request.Method);
        if (string.IsNullOrEmpty(artifactType)) artifactType = null;

        // Artifact types are media types, so nothing matches an invalid one.
        var found = page.Count == 0 || (artifactType is not null && !MediaType.IsValid(artifactType))
            ? new Page<Descriptor>([], false)
            : await referrers.ListAsync(route.Name, route.Subject, artifactType, last, page.Count, withBody, context.RequestAborted);
        if (artifactType is not null) context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        if (found is { More: true, Items: [.., var end] })
        {
            context.Response.LinkNext(
                $"/v2/{route.Name}/referrers/{route.Subject}",
                new("artifactType", artifactType), new("n", context.Request.Query["n"].FirstOrDefault()), new("last", end.Digest));
        }
        context.Response.ContentType = MediaType.OciIndex;
        if (!withBody) return null;
        await context.Response.WriteJsonAsync(new ReferrersIndex(found.Items), Documents.Plain.ReferrersIndex, MediaType.OciIndex);
        return null;
    }
}
