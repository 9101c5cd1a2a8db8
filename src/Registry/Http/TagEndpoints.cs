using Microsoft.AspNetCore.Http;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Lists the tags of a repository. Distribution spec, "Listing Tags".</summary>
public sealed class TagEndpoints(TagStore tags)
{
    /// <summary>end-8</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Tags route)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        // n=0 asks only whether the repository exists, which one row shows.
        var found = await tags.ListAsync(route.Name, page.Last, Math.Max(page.Count, 1), context.RequestAborted);
        if (found is null) return RegistryError.NameUnknown(route.Name);
        if (page.Count == 0) found = new Page<string>([], false);
        if (found is { More: true, Items: [.., var last] })
            context.Response.LinkNext($"/v2/{route.Name}/tags/list", new("n", page.Count.Text()), new("last", last));
        await context.Response.WriteJsonAsync(new TagList(route.Name.Value, found.Items), Documents.Plain.TagList);
        return null;
    }

    /// <summary>
    /// The tags with their manifests, and the actions of the caller in the repository: an extension of the API,
    /// <c>/v2/&lt;name&gt;/_registry/tags/list</c>. Costs as much as the list of tags alone.
    /// </summary>
    public async Task<RegistryError?> GetDetailsAsync(HttpContext context, Route.TagDetails route)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        var found = await tags.ListDetailsAsync(route.Name, page.Last, Math.Max(page.Count, 1), context.RequestAborted);
        if (found is null) return RegistryError.NameUnknown(route.Name);
        if (page.Count == 0) found = new Page<TagDetails>([], false);
        if (found is { More: true, Items: [.., var last] })
            context.Response.LinkNext($"/v2/{route.Name}/_registry/tags/list", new("n", page.Count.Text()), new("last", last.Tag));
        var caller = context.Principal();
        var actions = caller.Policy.ActionsOf(caller.Identity, route.Name);
        var list = new TagDetailsList(
            route.Name.Value,
            [.. RepositoryActionNames.All.Where(pair => (actions & pair.Value) == pair.Value).Select(pair => pair.Key)],
            [.. found.Items.Select(item => new TagItem(item.Tag, item.Digest, item.MediaType, item.Size, item.Changed))]);
        await context.Response.WriteJsonAsync(list, Documents.Plain.TagDetailsList);
        return null;
    }
}
