using Microsoft.Extensions.Logging;

namespace Registry.Access;

/// <summary>Kinds of audit log entries.</summary>
public enum AuditEvent
{
    /// <summary>A manifest or blob was pushed, mounted or restored, or that failed.</summary>
    Push,

    /// <summary>A tag, manifest or blob was deleted or purged, or that failed.</summary>
    Delete,

    /// <summary>A token was issued for credentials, or wrong credentials were sent to any endpoint.</summary>
    Login,

    /// <summary>A request was not authorized.</summary>
    Denied,

    /// <summary>Anonymous requests were challenged to authenticate: one entry with their number, for all of some minutes.</summary>
    Challenged,
}

/// <summary>An entry of the audit log.</summary>
/// <param name="Event">Kind of the entry.</param>
/// <param name="Identity">The identity; in parentheses where it is only claimed and not authenticated.</param>
/// <param name="Address">IP address of the client.</param>
/// <param name="Request">Method, path, and the query parameters that name content.</param>
/// <param name="Repository">The repository; null for none.</param>
/// <param name="Digest">Digest of the content that was pushed; null for none.</param>
/// <param name="Rule">The rule of the policy that allowed it; null for none.</param>
/// <param name="Status">Status of the response.</param>
public sealed record AuditRecord(
    AuditEvent Event, string Identity, string Address, string Request, string? Repository, string? Digest, string? Rule, int Status);

/// <summary>
/// Writes the audit log: log category <c>Registry.Audit</c>, one entry with named fields per event (docs/use/access.md).
/// </summary>
public sealed partial class AuditLog(ILoggerFactory loggers)
{
    public const string Category = "Registry.Audit";

    static readonly EventId s_entry = new(1, "Audit");

    readonly ILogger _logger = loggers.CreateLogger(Category);

    public void Write(AuditRecord entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var clean = entry with { Identity = Clean(entry.Identity), Request = Clean(entry.Request) };
        var fields = FieldsOf(clean);
        _logger.Log(LogLevel.Information, s_entry, fields, null, (_, _) => TextOf(clean));
    }

    static KeyValuePair<string, object?>[] FieldsOf(AuditRecord entry) =>
    [
        new("Action", entry.Event),
        new("Status", entry.Status),
        new("Identity", entry.Identity),
        new("Address", entry.Address),
        new("Request", entry.Request),
        new("Repository", entry.Repository),
        new("Digest", entry.Digest),
        new("Rule", entry.Rule),
    ];

    /// <summary>One line without the fields that are empty.</summary>
    static string TextOf(AuditRecord entry)
    {
        var text = $"{entry.Event} {entry.Status}: \"{entry.Identity}\" from {entry.Address}, \"{entry.Request}\"";
        if (entry.Repository is { } repository) text += $", repository {repository}";
        if (entry.Digest is { } digest) text += $", digest {digest}";
        return entry.Rule is { Length: > 0 } rule ? $"{text}, rule \"{rule}\"" : text;
    }

    /// <summary>The number of requests without credentials that were challenged since the last such entry.</summary>
    public void WriteChallenges(long count) => Log.Challenges(_logger, AuditEvent.Challenged, 401, count);

    /// <summary>
    /// Cleans text that clients control: truncated, without control characters, which a terminal or log might interpret, and without
    /// the quotes that surround it in an entry.
    /// </summary>
    static string Clean(string text) => string.Concat(text.Take(400).Select(c => c is >= ' ' and <= '~' and not '"' ? c : '?'));

    static partial class Log
    {
        [LoggerMessage(
            2,
            LogLevel.Information,
            "{Action} {Status}: {Count} requests without credentials since the last such entry",
            EventName = "AuditChallenges")]
        public static partial void Challenges(ILogger logger, AuditEvent action, int status, long count);
    }
}
