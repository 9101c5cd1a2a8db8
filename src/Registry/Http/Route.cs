using Microsoft.AspNetCore.Http;
using Registry.Oci;

namespace Registry.Http;

/// <summary>What a path of the distribution API means. Parsed once; nothing behind it sees a path again.</summary>
/// <remarks>
/// Distribution spec, "Endpoints". Names contain slashes, so the last segments decide: a repository may be called
/// <c>a/blobs/b</c>.
/// </remarks>
public abstract record Route
{
    Route(RepositoryName? repository = null) => Repository = repository;

    /// <summary>The methods of the path, as the header Allow lists them.</summary>
    public virtual string Allow => "GET, HEAD";

    /// <summary>The repository that it lies in; null for none.</summary>
    public RepositoryName? Repository { get; }

    /// <summary>end-1</summary>
    public sealed record Version : Route;

    public sealed record Catalog : Route;

    /// <summary>Where tokens are got (<see cref="TokenEndpoints"/>).</summary>
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

    /// <summary>end-3, end-7, end-9. The reference is parsed by the method: what a GET does not find, a PUT must not accept.</summary>
    public sealed record Manifest(RepositoryName Name, string Reference) : Route(Name)
    {
        public override string Allow => "GET, HEAD, PUT, DELETE";
    }

    /// <summary>end-8</summary>
    public sealed record Tags(RepositoryName Name) : Route(Name);

    /// <summary>end-12</summary>
    public sealed record Referrers(RepositoryName Name, Digest Subject) : Route(Name);

    /// <summary>What was deleted and can be restored: the list.</summary>
    public sealed record DeletedList(RepositoryName Name) : Route(Name);

    /// <summary>One tag or manifest of that list: restored by POST, given up by DELETE.</summary>
    public sealed record Deleted(RepositoryName Name, string Reference) : Route(Name)
    {
        public override string Allow => "POST, DELETE";
    }

    /// <summary>What a delete of this tag or manifest would do.</summary>
    public sealed record DeletePreview(RepositoryName Name, string Reference) : Route(Name);

    /// <summary>The tags with what they point to.</summary>
    public sealed record TagDetails(RepositoryName Name) : Route(Name);

    /// <summary>What a repository holds.</summary>
    public sealed record Usage(RepositoryName Name) : Route(Name);

    /// <summary>What all repositories hold that the caller owns.</summary>
    public sealed record UsageList : Route;

    /// <summary>The latest passes of the collector.</summary>
    public sealed record Collections : Route;

    /// <summary>Reads a path that begins with <c>/v2</c>.</summary>
    public static (Route? Route, RegistryError? Error) Parse(PathString path)
    {
        // POST …/blobs/uploads/ ends in a slash; some clients leave it out.
        var segments = (path.Value ?? "").Split('/')[1..];
        if (segments is [.., "blobs", "uploads", ""]) segments = segments[..^1];
        return segments switch
        {
            ["v2"] or ["v2", ""] => (new Version(), null),
            ["v2", "_catalog"] => (new Catalog(), null),
            ["v2", "token"] => (new Token(), null),
            // Extensions of the spec's form, /v2[/<name>]/_<extension>/<component>/<module>; no
            // name has a component with an underscore in front.
            ["v2", "_registry", "usage", "list"] => (new UsageList(), null),
            ["v2", "_registry", "collections", "list"] => (new Collections(), null),
            ["v2", .. var name, "_registry", "usage", "latest"] when name.Length > 0 => Named(name, n => (new Usage(n), null)),
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
