using System.Globalization;
using Microsoft.AspNetCore.Http;
using Registry.GarbageCollection;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Storage usage of repositories, and reports of the collector's passes. Extensions of the API, below
/// <c>/v2/&lt;name&gt;/_registry/usage/</c> and <c>/v2/_registry/</c>. The collector measured the figures; nothing is counted here.
/// </summary>
/// <remarks>Distribution spec, extensions/README.md, defines the form of the path.</remarks>
public sealed class UsageEndpoints(UsageStore usage, CatalogStore catalog, Collector collector)
{
    const int MaxPasses = 20;

    /// <summary>One repository. Costs one storage transaction, and a second one where nothing was measured yet.</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Usage route)
    {
        var found = await usage.FindAsync(route.Name, context.RequestAborted);
        if (found is null && !await catalog.ContainsAsync(route.Name, context.RequestAborted)) return RegistryError.NameUnknown(route.Name);
        var item = found is null ? new UsageItem(route.Name.Value, null, null, null, null, null, null, null, null, []) : Describe(found);
        await context.Response.WriteJsonAsync(item, Documents.Plain.UsageItem);
        return null;
    }

    /// <summary>A page of the repositories for which the caller has admin. Usually costs one storage transaction.</summary>
    public async Task<RegistryError?> ListAsync(HttpContext context)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        var caller = context.Principal();
        var found = page.Count == 0
            ? new Page<RepositoryUsage>([], false)
            : await usage.ListAsync(
                caller.Policy.ListedPrefixes(caller.Identity),
                name => caller.Authorize(name, RepositoryActions.Admin).Allowed,
                page.Last,
                page.Count,
                context.RequestAborted);
        if (found is { More: true, Items: [.., var last] })
            context.Response.LinkNext("/v2/_registry/usage/list", new("n", page.Count.Text()), new("last", last.Name.Value));
        await context.Response.WriteJsonAsync(new UsageList([.. found.Items.Select(Describe)]), Documents.Plain.UsageList);
        return null;
    }

    /// <summary>The collector's latest passes; requires admin in all repositories. Costs one storage transaction.</summary>
    public async Task<RegistryError?> ListCollectionsAsync(HttpContext context)
    {
        var caller = context.Principal();
        if (!caller.Policy.OwnsAll(caller.Identity)) return RegistryError.NotOwner(caller.Identity.Name);
        var list = new CollectionList(await collector.ListAsync(MaxPasses, context.RequestAborted));
        await context.Response.WriteJsonAsync(list, CollectionDocuments.Default.CollectionList);
        return null;
    }

    static UsageItem Describe(RepositoryUsage usage) => new(
        usage.Name.Value,
        usage.Measured,
        usage.Manifests,
        usage.Bytes,
        usage.UniqueBytes,
        usage.UnreferencedBytes,
        usage.RestorableBytes,
        usage.LastPushed,
        usage.LastPulled,
        [.. usage.History.Select(Describe)]);

    static UsagePoint Describe(UsageDay point) =>
        new(point.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), point.Bytes, point.Manifests);
}
