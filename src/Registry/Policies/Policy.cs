using System.Security.Cryptography;
using System.Text;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>A validated policy: authorization, immutable tags and retention. Instances are immutable.</summary>
public sealed class Policy
{
    readonly List<Rule> _rules;
    readonly Dictionary<string, RobotDocument> _robots;
    readonly Dictionary<string, TrustedIssuer> _issuers;

    internal Policy(List<Rule> rules, Dictionary<string, RobotDocument> robots, Dictionary<string, TrustedIssuer> issuers) =>
        (_rules, _robots, _issuers) = (rules, robots, issuers);

    internal IReadOnlyList<TagRule> TagRules { get; init; } = [];

    internal IReadOnlyList<RetentionRule> Retention { get; init; } = [];

    internal IReadOnlyList<Pattern> SparseManifests { get; init; } = [];

    /// <summary>Allows every action to every caller: for a registry that only its own machine can reach.</summary>
    public static Policy Open { get; } = new(
        [new Rule("open to this machine", [new(Anonymous: true, null, null, [])], [new Pattern("**")], RepositoryActions.Admin)], [], []);

    /// <summary>Denies every action.</summary>
    public static Policy Closed { get; } = new([], [], []);

    /// <summary>Whether the policy has robots or issuers, so that clients can authenticate.</summary>
    public bool HasAccounts => _robots.Count > 0 || _issuers.Count > 0;

    public bool HasRobot(string name) => _robots.ContainsKey(name);

    /// <summary>Whether the robot has a secret that is accepted now.</summary>
    public bool CanLogIn(string robot, DateTimeOffset now) =>
        _robots.TryGetValue(robot, out var account) && account.Secrets.Any(secret => IsValid(secret, now));

    public IEnumerable<TrustedIssuer> Issuers => _issuers.Values;

    /// <summary>Reads a policy.</summary>
    /// <exception cref="PolicyException">Not JSON, or not a valid policy. The message states where, and what to do.</exception>
    public static Policy Parse(string json) => PolicyReader.Read(json);

    /// <summary>Decides whether the identity may take all of the actions in the repository.</summary>
    public Decision Decide(Identity identity, RepositoryName name, RepositoryActions needed)
    {
        string? first = null;
        foreach (var rule in _rules)
        {
            var common = rule.Actions & needed;
            if (common == RepositoryActions.None || !rule.IsFor(identity, name)) continue;
            first ??= rule.Name;
            needed &= ~common;
            if (needed == RepositoryActions.None) return new Decision(first);
        }
        return default;
    }

    /// <summary>All actions that the identity may take in the repository.</summary>
    public RepositoryActions ActionsOf(Identity identity, RepositoryName name) =>
        _rules.Where(rule => rule.IsFor(identity, name)).Aggregate(RepositoryActions.None, (all, rule) => all | rule.Actions);

    /// <summary>Whether the identity is an admin of all repositories, present and future (<c>admin</c> in <c>**</c>).</summary>
    public bool OwnsAll(Identity identity) =>
        _rules.Any(rule => rule.Actions.HasFlag(RepositoryActions.Admin)
            && rule.IsFor(identity)
            && rule.Repositories.Any(pattern => pattern.Text == "**"));

    /// <summary>The rules for immutable tags that apply to the repository; null for none.</summary>
    public TagRules? TagRulesOf(RepositoryName name)
    {
        if (TagRules.Count == 0) return null;
        var matching = TagRules.Where(rule => rule.IsAbout(name)).ToList();
        return matching.Count > 0 ? new TagRules(matching) : null;
    }

    /// <summary>The retention rules that apply to the repository; null for none, when everything is kept.</summary>
    public RepositoryRetention? RetentionOf(RepositoryName name)
    {
        var matching = Retention.Where(rule => rule.IsAbout(name)).ToList();
        return matching.Count > 0 ? new RepositoryRetention(matching, TagRulesOf(name)) : null;
    }

    /// <summary>
    /// Whether the repository accepts manifests although content that they reference is missing: for partial mirrors, and for clients that
    /// push a manifest before its blobs.
    /// </summary>
    public bool AcceptsSparse(RepositoryName name) => SparseManifests.Any(pattern => pattern.Matches(name.Value));

    /// <summary>Prefixes of the repository names that the identity may list in the catalog. No prefix begins with another one.</summary>
    public IReadOnlyList<string> ListedPrefixes(Identity identity)
    {
        var prefixes = new List<string>();
        var all = _rules.Where(rule => rule.Actions.HasFlag(RepositoryActions.List) && rule.IsFor(identity))
            .SelectMany(rule => rule.Repositories.Select(pattern => pattern.Prefix));
        foreach (var prefix in all.Order(StringComparer.Ordinal))
            if (prefixes.Count == 0 || !prefix.StartsWith(prefixes[^1], StringComparison.Ordinal)) prefixes.Add(prefix);
        return prefixes;
    }

    /// <summary>Authenticates a robot. Null if there is no robot with this name and secret, or the secret has expired.</summary>
    public Identity.Robot? FindRobot(string name, string secret, DateTimeOffset now)
    {
        var hash = RobotSecret.Hash(secret);
        // The same work for every name, so that timing does not reveal which robots exist.
        var candidates = _robots.TryGetValue(name, out var robot) && robot.Secrets.Count > 0
            ? robot.Secrets
            : [new SecretDocument(RobotSecret.Hash(""), DateOnly.MinValue)];
        SecretDocument? found = null;
        foreach (var candidate in candidates)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(candidate.Hash), Encoding.ASCII.GetBytes(hash)))
                found = candidate;
        }
        return found is not null && IsValid(found, now) ? new Identity.Robot(name, hash) : null;
    }

    /// <summary>Whether an identity that was authenticated earlier is still valid under this policy.</summary>
    public bool StillRecognizes(Identity identity, DateTimeOffset now) => identity switch
    {
        Identity.Anonymous => true,
        Identity.Robot robot =>
            _robots.TryGetValue(robot.Account, out var account)
                && account.Secrets.Any(secret => secret.Hash == robot.SecretHash && IsValid(secret, now)),
        Identity.Federated federated =>
            _issuers.TryGetValue(federated.Issuer, out var issuer)
                && issuer.Address == federated.Address
                && issuer.Audiences.Intersect(federated.Audiences).Any(),
        _ => throw new InvalidOperationException($"Unknown kind of identity: {identity.GetType()}."),
    };

    static bool IsValid(SecretDocument secret, DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime) < secret.Expires;
}
