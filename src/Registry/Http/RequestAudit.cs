using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Writes into the audit log what became of requests: which of them it is about, and what it tells of one.</summary>
public sealed class RequestAudit(AuditLog audit)
{
    /// <summary>What has become of a request that was let in.</summary>
    public void WriteOutcome(HttpContext context, Authorization admission, int status)
    {
        var (route, method) = (admission.Route, context.Request.Method);
        var created = context.Response.Headers[Responses.ContentDigest].ToString();
        AuditEvent? kind = (route, method) switch
        {
            (Route.Manifest or Route.Blob or Route.Deleted, "DELETE") => AuditEvent.Delete,
            (_, _) when status == StatusCodes.Status403Forbidden => AuditEvent.Denied,
            (Route.Manifest or Route.Upload, "PUT") => AuditEvent.Push,
            (Route.Deleted, "POST") => AuditEvent.Push,
            // Unless it only began a session.
            (Route.Uploads, "POST") when status != StatusCodes.Status202Accepted => AuditEvent.Push,
            _ => null,
        };
        if (kind is not { } known) return;
        Write(context, known, admission.Holder, route.Repository, admission.Rule, status, created.Length > 0 ? created : null);
    }

    public void Write(
        HttpContext context, AuditEvent kind, string identity, RepositoryName? name, string? rule, int status, string? digest = null) =>
        audit.Write(new AuditRecord(kind, identity, AddressOf(context), Describe(context.Request), name?.Value, digest, rule, status));

    /// <summary>With what the query says of the content, and nothing else of it: tokens stand there, too.</summary>
    static string Describe(HttpRequest request)
    {
        var told = request.Query.Where(pair => pair.Key is "tag" or "mount" or "from" or "digest")
            .SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={value}"));
        return string.Join(' ', [$"{request.Method} {request.Path}", .. told]);
    }

    /// <summary>Of the client; behind a proxy the host sees to it that it is not the proxy's.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } address => address.MapToIPv4().ToString(),
        { } address => address.ToString(),
        null => "unknown",
    };
}
