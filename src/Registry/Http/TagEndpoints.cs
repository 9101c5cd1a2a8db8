using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Http;

/// <summary>The tags of a repository. Distribution spec, "Listing Tags".</summary>
public sealed class TagEndpoints(TagStore tags)
{
    /// <summary>end-8</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Tags route)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        // n=0 asks only whether there is such a repository: one row tells.
        var found = await tags.ListAsync(route.Name, page.Last, Math.Max(page.Count, 1), context.RequestAborted);
        if (found is null) return RegistryError.NameUnknown(route.Name);
        if (page.Count == 0) found = new Page<string>([], false);
        if (found is { More: true, Items: [.., var last] })
            context.Response.LinkNext($"/v2/{route.Name}/tags/list", new("n", page.Count.Text()), new("last", last));
        await context.Response.WriteBodyAsync(
            "application/json", JsonSerializer.SerializeToUtf8Bytes(new TagList(route.Name.Value, found.Items), Documents.Plain.TagList));
        return null;
    }
}
