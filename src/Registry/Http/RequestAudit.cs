using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Decides which requests the audit log records, and with which fields.</summary>
public sealed class RequestAudit(AuditLog audit)
{
    /// <summary>Records the outcome of an authorized request, if its kind is audited.</summary>
    public void WriteOutcome(HttpContext context, Authorization authorization, int status)
    {
        var (route, method) = (authorization.Route, context.Request.Method);
        var created = context.Response.Headers[Responses.ContentDigest].ToString();
        AuditEvent? recorded = (route, method) switch
        {
            (Route.Manifest or Route.Blob or Route.Deleted or Route.RepositoryContent, "DELETE") => AuditEvent.Delete,
            (_, _) when status == StatusCodes.Status403Forbidden => AuditEvent.Denied,
            (Route.Manifest or Route.Upload, "PUT") => AuditEvent.Push,
            (Route.Deleted, "POST") => AuditEvent.Push,
            // 202: it only started a session.
            (Route.Uploads, "POST") when status != StatusCodes.Status202Accepted => AuditEvent.Push,
            _ => null,
        };
        if (recorded is not { } kind) return;
        var who = authorization.Principal.Identity.Name;
        Write(context, kind, who, route.Repository, authorization.Rule, status, created.Length > 0 ? created : null);
    }

    public void Write(
        HttpContext context, AuditEvent kind, string identity, RepositoryName? name, string? rule, int status, string? digest = null) =>
        audit.Write(new AuditRecord(kind, identity, AddressOf(context), Describe(context.Request), name?.Value, digest, rule, status));

    /// <summary>Method, path, and the query parameters that name content. The others are left out, since they include tokens.</summary>
    static string Describe(HttpRequest request)
    {
        var parameters = request.Query.Where(pair => pair.Key is "tag" or "mount" or "from" or "digest")
            .SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={value}"));
        return string.Join(' ', [$"{request.Method} {request.Path}", .. parameters]);
    }

    /// <summary>IP address of the client. Behind a proxy the host must set it from the forwarded headers.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        { IsIPv4MappedToIPv6: true } address => address.MapToIPv4().ToString(),
        { } address => address.ToString(),
        null => "unknown",
    };
}
