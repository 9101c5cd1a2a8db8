using Microsoft.AspNetCore.Http;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Lists the repositories that the caller may list. Not in the spec, which reserves the path; crane, oras and regctl use it.
/// </summary>
public sealed class CatalogEndpoints(CatalogStore catalog)
{
    public async Task<RegistryError?> GetAsync(HttpContext context)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        var caller = context.Principal();
        var names = page.Count == 0
            ? new Page<string>([], false)
            : await catalog.ListAsync(
                caller.Policy.ListedPrefixes(caller.Identity),
                name => caller.Authorize(name, RepositoryActions.List).Allowed,
                page.Last,
                page.Count,
                context.RequestAborted);
        if (names is { More: true, Items: [.., var last] })
            context.Response.LinkNext("/v2/_catalog", new("n", page.Count.Text()), new("last", last));
        await context.Response.WriteJsonAsync(new Catalog(names.Items), Documents.Plain.Catalog);
        return null;
    }
}
