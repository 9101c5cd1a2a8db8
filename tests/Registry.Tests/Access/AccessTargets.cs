using System.Collections.Concurrent;
using Registry.Http;
using Registry.Oci;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>
/// Content for the requests of the access table: pushed once for requests that change nothing, again for each that may change
/// it.
/// </summary>
public sealed class AccessTargets(AccessFixture fixture)
{
    readonly ConcurrentDictionary<(string Kind, Content Content), Lazy<Task<Repository>>> _unchanged = new();

    enum Content
    {
        Image,
        ImageAndBlob,
        DeletedTag,
        Session,
    }

    /// <summary>Prepares content that a request to this endpoint finds, or names a repository that does not exist.</summary>
    /// <param name="route">The endpoint.</param>
    /// <param name="method">HTTP method of the request.</param>
    /// <param name="kind">Kind of repository, as the fixture names them.</param>
    /// <param name="exists">Whether the repository exists.</param>
    /// <param name="mayChange">Whether the request may change something.</param>
    public async Task<(string Name, string Path, HttpContent? Body)> PrepareAsync(Type route,
        string method, string kind, bool exists, bool mayChange)
    {
        var content = (route.Name, method) switch
        {
            (nameof(Route.Blob), "DELETE") => Content.ImageAndBlob,
            (nameof(Route.Deleted) or nameof(Route.DeletedList), _) => Content.DeletedTag,
            (nameof(Route.Upload), _) => Content.Session,
            _ => Content.Image,
        };
        var (name, layer, session) = !exists ? new Repository(fixture.NewName(kind), RandomBytes(10), $"{Guid.NewGuid()}?token=x")
            : mayChange ? await PushAsync(kind, content)
            : await _unchanged.GetOrAdd((kind, content), _ => new(() => PushAsync(kind, content))).Value;
        var manifest = Image(layer).ToBytes();
        var path = route.Name switch
        {
            nameof(Route.Blob) => $"blobs/{DigestOf(layer)}",
            nameof(Route.Uploads) => "blobs/uploads/",
            nameof(Route.Upload) => $"blobs/uploads/{session}&digest={DigestOf(layer)}",
            nameof(Route.Manifest) => $"manifests/{(method == "PUT" ? "v2" : "v1")}",
            nameof(Route.TagDetails) => "_registry/tags/list",
            nameof(Route.Usage) => "_registry/usage/latest",
            nameof(Route.RepositoryContent) => "_registry/repository/content",
            nameof(Route.DeletePreview) => "_registry/deleted/preview/v1",
            nameof(Route.DeletedList) => "_registry/deleted/list",
            nameof(Route.Deleted) => "_registry/deleted/manifests/v1",
            nameof(Route.Tags) => "tags/list",
            nameof(Route.Referrers) => $"referrers/{DigestOf(manifest)}",
            _ => throw new InvalidOperationException($"{route} needs a path."),
        };
        HttpContent? body = (route.Name, method) switch
        {
            (nameof(Route.Manifest), "PUT") => Body(manifest, MediaType.OciManifest),
            (nameof(Route.Upload), "PUT" or "PATCH") => Body(layer),
            _ => null,
        };
        return (name, $"/v2/{name}/{path}", body);
    }

    async Task<Repository> PushAsync(string kind, Content content)
    {
        var (name, layer, session) = (fixture.NewName(kind), RandomBytes(10), "");
        await fixture.Owner.PushImageAsync(name, "v1", layer);
        if (content == Content.ImageAndBlob) await fixture.Owner.PushBlobAsync(name, layer = RandomBytes(11));
        if (content == Content.DeletedTag) (await fixture.Owner.DeleteAsync($"/v2/{name}/manifests/v1")).Dispose();
        if (content == Content.Session) session = (await fixture.Owner.BeginUploadAsync(name)).Split('/')[^1];
        return new(name, layer, session);
    }

    sealed record Repository(string Name, byte[] Layer, string Session);
}
