using Microsoft.AspNetCore.Http;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Deletes all tags and manifests of a repository: an extension of the API, <c>/v2/&lt;name&gt;/_registry/repository/content</c>.
/// </summary>
/// <remarks>Distribution spec, extensions/README.md, defines the form of the path.</remarks>
public sealed class RepositoryEndpoints(RepositoryDeleter deleter)
{
    /// <summary>
    /// 202, with a <see cref="DeletedContent"/>. A request ends within bounded time; the caller repeats it until nothing is left.
    /// </summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.RepositoryContent route)
    {
        var caller = context.Principal();
        var rules = caller.Policy.TagRulesOf(route.Name);
        var result = await deleter.DeleteAsync(
            route.Name,
            caller.Identity.Name,
            rules is { HasLocks: true } ? rules.IsLocked : null,
            RepositoryDeleter.TimeLimit,
            context.RequestAborted);
        if (result is not { } deletion) return RegistryError.NameUnknown(route.Name);
        if (deletion.Locked is { } tag) return RegistryError.RepositoryLocked(route.Name, tag, rules!.Find(tag)!.Name);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        var content = new DeletedContent(route.Name.Value, deletion.Deleted, deletion.Left);
        await context.Response.WriteJsonAsync(content, Documents.Plain.DeletedContent);
        return null;
    }
}
