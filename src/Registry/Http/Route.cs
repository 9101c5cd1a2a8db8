using Microsoft.AspNetCore.Http;
using Registry.Oci;

namespace Registry.Http;

/// <summary>A parsed path of the distribution API. Endpoints get a route and never parse paths.</summary>
/// <remarks>
/// Distribution spec, "Endpoints". Names contain slashes, so the last segments decide: <c>a/blobs/b</c> is a valid
/// repository name.
/// </remarks>
public abstract record Route
{
    Route(RepositoryName? repository = null) => Repository = repository;

    /// <summary>The methods that the path supports, as in the Allow header.</summary>
    public virtual string Allow => "GET, HEAD";

    /// <summary>The repository of the path; null for none.</summary>
    public RepositoryName? Repository { get; }

    /// <summary>end-1</summary>
    public sealed record Version : Route;

    public sealed record Catalog : Route;

    /// <summary>The token endpoint (<see cref="TokenEndpoints"/>).</summary>
    public sealed record Token : Route
    {
        public override string Allow => "GET, POST";
    }

    /// <summary>end-2, end-10</summary>
    public sealed record Blob(RepositoryName Name, Digest Digest) : Route(Name)
    {
        public override string Allow => "GET, HEAD, DELETE";
    }

    /// <summary>end-4, end-11</summary>
    public sealed record Uploads(RepositoryName Name) : Route(Name)
    {
        public override string Allow => "POST";
    }

    /// <summary>end-5, end-6, end-13, end-14</summary>
    public sealed record Upload(RepositoryName Name, Guid Session) : Route(Name)
    {
        public override string Allow => "GET, HEAD, PATCH, PUT, DELETE";
    }

    /// <summary>end-3, end-7, end-9. The endpoint parses the reference: an invalid tag is 404 for a GET and 400 for a PUT.</summary>
    public sealed record Manifest(RepositoryName Name, string Reference) : Route(Name)
    {
        public override string Allow => "GET, HEAD, PUT, DELETE";
    }

    /// <summary>end-8</summary>
    public sealed record Tags(RepositoryName Name) : Route(Name);

    /// <summary>end-12</summary>
    public sealed record Referrers(RepositoryName Name, Digest Subject) : Route(Name);

    /// <summary>The list of deleted tags and manifests that can be restored.</summary>
    public sealed record DeletedList(RepositoryName Name) : Route(Name);

    /// <summary>A deleted tag or manifest: POST restores it, DELETE purges it.</summary>
    public sealed record Deleted(RepositoryName Name, string Reference) : Route(Name)
    {
        public override string Allow => "POST, DELETE";
    }

    /// <summary>Preview of the delete of a tag or manifest.</summary>
    public sealed record DeletePreview(RepositoryName Name, string Reference) : Route(Name);

    /// <summary>The list of tags, each with its manifest.</summary>
    public sealed record TagDetails(RepositoryName Name) : Route(Name);

    /// <summary>Storage usage of a repository.</summary>
    public sealed record Usage(RepositoryName Name) : Route(Name);

    /// <summary>All tags and manifests of a repository: DELETE deletes them.</summary>
    public sealed record RepositoryContent(RepositoryName Name) : Route(Name)
    {
        public override string Allow => "DELETE";
    }

    /// <summary>Storage usage of all repositories for which the caller has admin.</summary>
    public sealed record UsageList : Route;

    /// <summary>The collector's latest passes.</summary>
    public sealed record Collections : Route;

    /// <summary>Parses a path that begins with <c>/v2</c>.</summary>
    public static (Route? Route, RegistryError? Error) Parse(PathString path)
    {
        // The path of POST …/blobs/uploads/ ends in a slash, which some clients omit.
        var segments = (path.Value ?? "").Split('/')[1..];
        if (segments is [.., "blobs", "uploads", ""]) segments = segments[..^1];
        return segments switch
        {
            ["v2"] or ["v2", ""] => (new Version(), null),
            ["v2", "_catalog"] => (new Catalog(), null),
            ["v2", "token"] => (new Token(), null),
            // Extensions have the spec's form /v2[/<name>]/_<extension>/<component>/<module>; no component of a name starts with
            // an underscore.
            ["v2", "_registry", "usage", "list"] => (new UsageList(), null),
            ["v2", "_registry", "collections", "list"] => (new Collections(), null),
            ["v2", .. var name, "_registry", "usage", "latest"] when name.Length > 0 => Named(name, n => (new Usage(n), null)),
            ["v2", .. var name, "_registry", "repository", "content"] when name.Length > 0 =>
                Named(name, n => (new RepositoryContent(n), null)),
            ["v2", .. var name, "_registry", "tags", "list"] when name.Length > 0 => Named(name, n => (new TagDetails(n), null)),
            ["v2", .. var name, "_registry", "deleted", "preview", var reference] when name.Length > 0 =>
                Named(name, n => (new DeletePreview(n, reference), null)),
            ["v2", .. var name, "_registry", "deleted", "list"] when name.Length > 0 => Named(name, n => (new DeletedList(n), null)),
            ["v2", .. var name, "_registry", "deleted", "manifests", var reference] when name.Length > 0 =>
                Named(name, n => (new Deleted(n, reference), null)),
            ["v2", .. var name, "blobs", "uploads"] when name.Length > 0 =>
                Named(name, n => (new Uploads(n), null)),
            ["v2", .. var name, "blobs", "uploads", var session] when name.Length > 0 =>
                Named(
                    name,
                    n => Guid.TryParseExact(session, "D", out var id) ? (new Upload(n, id), null) : (null, RegistryError.UploadUnknown())),
            ["v2", .. var name, "blobs", var digest] when name.Length > 0 =>
                Named(name, n => Digested(digest, d => new Blob(n, d))),
            ["v2", .. var name, "manifests", var reference] when name.Length > 0 =>
                Named(name, n => (new Manifest(n, reference), null)),
            ["v2", .. var name, "tags", "list"] when name.Length > 0 => Named(name, n => (new Tags(n), null)),
            ["v2", .. var name, "referrers", var digest] when name.Length > 0 =>
                Named(name, n => Digested(digest, d => new Referrers(n, d))),
            _ => (null, RegistryError.PathUnknown()),
        };
    }

    static (Route? Route, RegistryError? Error) Named(string[] segments, Func<RepositoryName, (Route? Route, RegistryError? Error)> route)
    {
        var text = string.Join('/', segments);
        return RepositoryName.TryParse(text, out var name) ? route(name) : (null, RegistryError.NameInvalid(text));
    }

    static (Route? Route, RegistryError? Error) Digested(string text, Func<Digest, Route> route) =>
        Digest.TryParse(text, out var digest) ? (route(digest), null) : (null, RegistryError.DigestInvalid(text));
}
