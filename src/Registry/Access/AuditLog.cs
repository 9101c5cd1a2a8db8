using Microsoft.Extensions.Logging;

namespace Registry.Access;

/// <summary>What the audit log tells of.</summary>
public enum AuditEvent
{
    /// <summary>A manifest or a blob was pushed or mounted, or that failed.</summary>
    Push,

    /// <summary>A tag, a manifest or a blob was deleted, or that failed.</summary>
    Delete,

    /// <summary>Credentials were shown to get a token, or were wrong wherever they were shown.</summary>
    Login,

    /// <summary>Somebody was not allowed to do something.</summary>
    Denied,

    /// <summary>Nobody in particular was not allowed to do something, and told to log in: so most clients begin.</summary>
    Challenged,
}

/// <summary>Who did what, from where, by which rule and with which result.</summary>
/// <param name="Event">What kind of thing.</param>
/// <param name="Identity">Who; what was claimed, in parentheses, where nobody is proved.</param>
/// <param name="Address">Of the client.</param>
/// <param name="Request">Method and path, and what the query says of the content.</param>
/// <param name="Repository">Which; null for none.</param>
/// <param name="Digest">Of what was pushed; null where there is none.</param>
/// <param name="Rule">The rule of the policy that allowed it; null for none.</param>
/// <param name="Status">Of the answer.</param>
public sealed record AuditRecord(
    AuditEvent Event, string Identity, string Address, string Request, string? Repository, string? Digest, string? Rule, int Status);

/// <summary>
/// Writes the audit log: the category <c>Registry.Audit</c> of the log, an entry with named fields for each event (docs/use/access.md).
/// </summary>
public sealed partial class AuditLog(ILoggerFactory loggers)
{
    public const string Category = "Registry.Audit";

    readonly ILogger _logger = loggers.CreateLogger(Category);

    public void Write(AuditRecord entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Log.Entry(
            _logger,
            entry.Event,
            Clean(entry.Identity),
            entry.Address,
            Clean(entry.Request),
            entry.Repository,
            entry.Digest,
            entry.Rule,
            entry.Status);
    }

    /// <summary>
    /// What others have chosen: short, without anything that a terminal or a log acts upon, and without the quotes around it.
    /// </summary>
    static string Clean(string text) => string.Concat(text.Take(400).Select(c => c is >= ' ' and <= '~' and not '"' ? c : '?'));

    static partial class Log
    {
        [LoggerMessage(
            1,
            LogLevel.Information,
            "{Action} {Status}: \"{Identity}\" from {Address}, \"{Request}\", repository {Repository}, digest {Digest}, rule \"{Rule}\"",
            EventName = "Audit")]
        public static partial void Entry(
            ILogger logger,
            AuditEvent action,
            string identity,
            string address,
            string request,
            string? repository,
            string? digest,
            string? rule,
            int status);
    }
}
