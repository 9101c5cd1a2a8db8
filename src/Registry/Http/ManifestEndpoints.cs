using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Pulls, pushes and deletes manifests. Distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting Manifests" and
/// "Deleting tags".
/// </summary>
public sealed class ManifestEndpoints(
    ManifestStore manifests, ManifestWriter writer, ManifestDeleter deleter, PullRecords uses, BodyReader bodies,
    IOptions<RegistryOptions> options)
{
    /// <summary>
    /// end-3, GET and HEAD. Ignores Accept: the response has the bytes and the media type that were pushed.
    /// </summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Manifest route)
    {
        if (!TryParseReference(route, out var reference, out var error)) return error;
        var withContent = !HttpMethods.IsHead(context.Request.Method);
        if (await manifests.FindAsync(route.Name, reference, withContent, context.RequestAborted) is not { } manifest)
            return RegistryError.ManifestUnknown(route.Reference);
        var (failed, isNotModified) = context.Request.Evaluate(manifest.Digest);
        if (failed is not null) return failed;
        if (withContent) uses.Pulled(route.Name, manifest.Digest);
        var response = context.Response;
        if (reference.Digest is null) response.DescribeContent(manifest.Digest);
        else response.DescribeImmutable(manifest.Digest);
        if (isNotModified)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }
        response.ContentType = manifest.MediaType;
        response.ContentLength = manifest.Size;
        if (withContent) await response.Body.WriteAsync(manifest.Content, context.RequestAborted);
        return null;
    }

    /// <summary>end-7</summary>
    public async Task<RegistryError?> PutAsync(HttpContext context, Route.Manifest route)
    {
        if (!Reference.TryParse(route.Reference, out var reference))
        {
            return Reference.LooksLikeDigest(route.Reference)
                ? RegistryError.DigestInvalid(route.Reference)
                : RegistryError.TagInvalid(route.Reference);
        }
        var (queryTags, error) = ReadTags(context.Request.Query["tag"]);
        if (error is not null) return error;
        if (!TryReadContentType(context.Request, out var contentType))
            return RegistryError.ManifestInvalid("The Content-Type header is invalid: it must be one media type (RFC 6838).");
        if (RefuseCondition(context, route, out var condition) is { } refused) return refused;
        using var body = await bodies.ReadManifestAsync(context);
        if (body.Error is not null) return body.Error;

        Manifest manifest;
        try
        {
            manifest = Manifest.Parse(contentType, body.Content, reference.Digest?.Algorithm ?? DigestAlgorithm.Sha256);
        }
        catch (ManifestFormatException e)
        {
            return RegistryError.ManifestInvalid(e.Message);
        }
        if (reference.Digest is { } stated && stated != manifest.Digest) return RegistryError.DigestMismatch(stated, manifest.Digest);

        var tags = reference.Tag is { } tag ? [tag, .. queryTags.Where(t => t != tag)] : queryTags;
        var mayOverwrite = context.Principal().IsAuthorized(route.Name, RepositoryActions.Overwrite);
        var tagRules = context.Principal().Policy.TagRulesOf(route.Name);
        var push = new ManifestPush
        {
            Manifest = manifest,
            Tags = tags,
            Condition = condition,
            MayOverwrite = mayOverwrite,
            AcceptSparse = context.Principal().Policy.AcceptsSparse(route.Name),
            IsFixed = tagRules is null ? null : tagRules.IsImmutable,
        };
        var result = await writer.PutAsync(route.Name, push, context.RequestAborted);
        switch (result.Status)
        {
            case PutStatus.ReferenceMissing: return RegistryError.ReferenceUnknown(result.Missing);
            case PutStatus.ConditionFailed: return RegistryError.ConditionFailed(route.Reference);
            case PutStatus.TagExists: return RegistryError.TagExists(result.Taken!);
            case PutStatus.TagImmutable: return RegistryError.TagImmutable(result.Taken!, RuleOf(tagRules, result.Taken!));
            case PutStatus.MediaTypeConflict: return RegistryError.MediaTypeConflict(manifest.Digest);
        }
        context.Created(options.Value, $"/v2/{route.Name}/manifests/{manifest.Digest}", manifest.Digest);
        if (manifest.Subject is not null) context.Response.Headers["OCI-Subject"] = manifest.Subject.ToString();
        if (queryTags.Count > 0) context.Response.Headers["OCI-Tag"] = queryTags.Select(t => t.Value).ToArray();
        return null;
    }

    /// <summary>end-9</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Manifest route)
    {
        if (!TryParseReference(route, out var reference, out var error)) return error;
        if (RefuseCondition(context, route, out var condition) is { } refused) return refused;
        var tagRules = context.Principal().Policy.TagRulesOf(route.Name);
        var result = await deleter.DeleteAsync(
            route.Name,
            reference,
            context.Principal().Identity.Name,
            tagRules is { HasLocks: true } ? tagRules.IsLocked : null,
            condition,
            context.RequestAborted);
        switch (result.Status)
        {
            case DeleteStatus.ConditionFailed: return RegistryError.ConditionFailed(route.Reference);
            case DeleteStatus.Unknown: return RegistryError.ManifestUnknown(route.Reference);
            case DeleteStatus.Locked when reference.Digest is { } digest:
                var rule = RuleOf(tagRules, result.Locked!);
                return !context.Principal().IsAuthorized(route.Name, RepositoryActions.Pull) ? RegistryError.LockedByOther(digest)
                    : result.Index is { } index ? RegistryError.ChildLocked(digest, index, result.Locked!, rule)
                    : RegistryError.ManifestLocked(digest, result.Locked!, rule);
            case DeleteStatus.Locked: return RegistryError.TagLocked(result.Locked!, RuleOf(tagRules, result.Locked!));
        }
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return null;
    }

    /// <summary>Name of the tag rule that the request violates.</summary>
    static string RuleOf(TagRules? rules, Tag tag) =>
        rules?.Find(tag)?.Name ?? throw new InvalidOperationException($"No tag rule matches {tag}.");

    /// <summary>Parses the reference of a GET or DELETE: an invalid tag cannot exist (404), an invalid digest is an error (400).</summary>
    static bool TryParseReference(Route.Manifest route, out Reference reference, out RegistryError? error)
    {
        error = null;
        if (Reference.TryParse(route.Reference, out var parsed))
        {
            reference = parsed;
            return true;
        }
        reference = null!;
        error = Reference.LooksLikeDigest(route.Reference)
            ? RegistryError.DigestInvalid(route.Reference)
            : RegistryError.ManifestUnknown(route.Reference);
        return false;
    }

    /// <summary>end-7b: the tags that a push by digest sets.</summary>
    static (IReadOnlyList<Tag> Tags, RegistryError? Error) ReadTags(IReadOnlyList<string?> values)
    {
        var tags = new List<Tag>();
        foreach (var value in values.Distinct())
        {
            if (!Tag.TryParse(value, out var tag)) return ([], RegistryError.TagInvalid(value ?? ""));
            tags.Add(tag);
        }
        return tags.Count <= ManifestWriter.MaxTags ? (tags, null) : ([], RegistryError.TooManyTags(ManifestWriter.MaxTags));
    }

    /// <summary>Null without the header: then the manifest itself must state its media type.</summary>
    static bool TryReadContentType(HttpRequest request, out string? contentType)
    {
        contentType = null;
        if (request.Headers.ContentType.Count == 0) return true;
        if (request.Headers.ContentType is not [{ } header] || !MediaTypeHeaderValue.TryParse(header, out var parsed)) return false;
        contentType = parsed.MediaType.Value;
        return contentType is not null && MediaType.IsValid(contentType);
    }

    /// <summary>The condition of a PUT or DELETE, or why it is refused: whether it holds tells the digest, as a pull would.</summary>
    static RegistryError? RefuseCondition(HttpContext context, Route.Manifest route, out Precondition? condition)
    {
        if (!context.Request.TryReadCondition(out condition)) return RegistryError.ConditionInvalid();
        return condition is null or { IsAbsence: true } || context.Principal().IsAuthorized(route.Name, RepositoryActions.Pull)
            ? null
            : RegistryError.Denied(context.Principal().Identity.Name, new Scope(route.Name, RepositoryActions.Pull));
    }
}
