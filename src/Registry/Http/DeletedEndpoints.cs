using Microsoft.AspNetCore.Http;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Lists, restores and purges deleted tags and manifests: an extension of the API, below <c>/v2/&lt;name&gt;/_registry/deleted/</c>.
/// </summary>
/// <remarks>Distribution spec, extensions/README.md, defines the form of the path.</remarks>
public sealed class DeletedEndpoints(DeletedStore deleted, DeletionPreview preview)
{
    public async Task<RegistryError?> ListAsync(HttpContext context, Route.DeletedList route)
    {
        var (page, error) = PageRequest.Parse(context.Request.Query);
        if (error is not null) return error;
        var found = page.Count == 0
            ? new Page<DeletedReference>([], false)
            : await deleted.ListAsync(route.Name, page.Last, page.Count, context.RequestAborted);
        if (found is { More: true, Items: [.., var last] })
            context.Response.LinkNext($"/v2/{route.Name}/_registry/deleted/list", new("n", page.Count.Text()), new("last", last.Reference));
        var list = new DeletedList(route.Name.Value, [.. found.Items.Select(Describe)]);
        await context.Response.WriteJsonAsync(list, Documents.Plain.DeletedList);
        return null;
    }

    /// <summary>Restores a tag or manifest: 200, with a <see cref="RestoredReference"/>.</summary>
    public async Task<RegistryError?> PostAsync(HttpContext context, Route.Deleted route)
    {
        if (!Reference.TryParse(route.Reference, out var reference)) return RegistryError.DeletedUnknown(route.Reference);
        var result = await deleted.RestoreAsync(route.Name, reference, context.RequestAborted);
        switch (result.Status)
        {
            case RestoreStatus.Unknown: return RegistryError.DeletedUnknown(route.Reference);
            case RestoreStatus.ReferenceMissing: return RegistryError.ReferenceUnknown(result.Missing);
            case RestoreStatus.ManifestGone: return RegistryError.RestoredManifestGone(route.Reference, result.Digest!);
            case RestoreStatus.TagExists: return RegistryError.RestoredTagExists(route.Reference, result.Digest!);
        }
        context.Response.Headers[Responses.ContentDigest] = result.Digest!.ToString();
        var restored = new RestoredReference(route.Name.Value, route.Reference, [.. (result.Tags ?? []).Select(tag => tag.Value)]);
        await context.Response.WriteJsonAsync(restored, Documents.Plain.RestoredReference);
        return null;
    }

    /// <summary>Purges a deleted tag or manifest, which can then not be restored: 202.</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Deleted route)
    {
        if (!Reference.TryParse(route.Reference, out var reference)
            || !await deleted.PurgeAsync(route.Name, reference, context.RequestAborted))
        {
            return RegistryError.DeletedUnknown(route.Reference);
        }
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return null;
    }

    /// <summary>Previews a delete: its effect, and why it would be refused.</summary>
    public async Task<RegistryError?> PreviewAsync(HttpContext context, Route.DeletePreview route)
    {
        var rules = context.Principal().Policy.TagRulesOf(route.Name);
        Func<Tag, bool>? isLocked = rules is { HasLocks: true } ? rules.IsLocked : null;
        if (!Reference.TryParse(route.Reference, out var reference)
            || await preview.FindAsync(route.Name, reference, isLocked, context.RequestAborted) is not { } found)
        {
            return RegistryError.ManifestUnknown(route.Reference);
        }
        var refused = isLocked is null
            ? null
            : found.Tags.Select(tag => RefusalOf(rules!, reference, tag)).FirstOrDefault(refusal => refusal is not null);
        if (found.LockedBy is { } held)
            refused ??= RegistryError.ChildLocked(found.Digest, held.Index, held.Tag, rules!.Find(held.Tag)!.Name).Message;
        await context.Response.WriteJsonAsync(Describe(route, found, refused), Documents.Plain.DeletePreview);
        return null;
    }

    static string? RefusalOf(TagRules rules, Reference reference, string text) =>
        !Tag.TryParse(text, out var tag) || rules.Find(tag) is not { Mode: TagMode.Locked } rule ? null
        : reference.Digest is { } digest ? RegistryError.ManifestLocked(digest, tag, rule.Name).Message
        : RegistryError.TagLocked(tag, rule.Name).Message;

    static DeletedItem Describe(DeletedReference item) =>
        new(item.Reference, item.Digest, item.MediaType, item.Size, item.DeletedAt, item.DeletedBy, item.RestorableUntil);

    static DeletePreview Describe(Route.DeletePreview route, DeletionEffect effect, string? refused) => new(
        route.Name.Value,
        route.Reference,
        effect.Digest.ToString(),
        refused,
        effect.Tags,
        effect.Manifest,
        effect.Untagged,
        effect.Referrers,
        effect.Parents,
        effect.FreedBytes,
        effect.RestorableUntil);
}
