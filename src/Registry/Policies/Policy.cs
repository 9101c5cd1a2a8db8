using System.Security.Cryptography;
using System.Text;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>Who may do what: a policy that has been read and found to make sense. It does not change.</summary>
public sealed class Policy
{
    readonly List<Rule> _rules;
    readonly Dictionary<string, RobotDocument> _robots;
    readonly Dictionary<string, TrustedIssuer> _issuers;

    internal Policy(List<Rule> rules, Dictionary<string, RobotDocument> robots, Dictionary<string, TrustedIssuer> issuers) =>
        (_rules, _robots, _issuers) = (rules, robots, issuers);

    internal IReadOnlyList<TagRule> TagRules { get; init; } = [];

    internal IReadOnlyList<RetentionRule> Retention { get; init; } = [];

    /// <summary>Anyone may do anything: for a registry on one's own machine.</summary>
    public static Policy Open { get; } = new(
        [new Rule("open to this machine", [new(Anonymous: true, null, null, [])], [new Pattern("**")], RepositoryActions.Admin)], [], []);

    /// <summary>Nobody may do anything.</summary>
    public static Policy Closed { get; } = new([], [], []);

    /// <summary>Whether there is anybody whom one could log in as.</summary>
    public bool HasAccounts => _robots.Count > 0 || _issuers.Count > 0;

    public bool HasRobot(string name) => _robots.ContainsKey(name);

    /// <summary>Whether the robot has a secret that is accepted now.</summary>
    public bool CanLogIn(string robot, DateTimeOffset now) =>
        _robots.TryGetValue(robot, out var account) && account.Secrets.Any(secret => IsValid(secret, now));

    public IEnumerable<TrustedIssuer> Issuers => _issuers.Values;

    /// <summary>Reads a policy.</summary>
    /// <exception cref="PolicyException">It is not JSON, or does not make sense; the message says where and what to do.</exception>
    public static Policy Parse(string json) => PolicyReader.Read(json);

    /// <summary>Whether the identity may do all of the actions, and by which rules.</summary>
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

    /// <summary>Everything that the identity may do in the repository.</summary>
    public RepositoryActions ActionsOf(Identity identity, RepositoryName name) =>
        _rules.Where(rule => rule.IsFor(identity, name)).Aggregate(RepositoryActions.None, (all, rule) => all | rule.Actions);

    /// <summary>Whether the identity owns every repository there is or will be.</summary>
    public bool OwnsAll(Identity identity) =>
        _rules.Any(rule => rule.Actions.HasFlag(RepositoryActions.Admin)
            && rule.IsFor(identity)
            && rule.Repositories.Any(pattern => pattern.Text == "**"));

    /// <summary>The rules on tags of the repository; null when there are none.</summary>
    public TagRules? TagRulesOf(RepositoryName name)
    {
        if (TagRules.Count == 0) return null;
        var about = TagRules.Where(rule => rule.IsAbout(name)).ToList();
        return about.Count > 0 ? new TagRules(about) : null;
    }

    /// <summary>What is kept and removed in the repository; null when everything is kept.</summary>
    public RepositoryRetention? RetentionOf(RepositoryName name)
    {
        var about = Retention.Where(rule => rule.IsAbout(name)).ToList();
        return about.Count > 0 ? new RepositoryRetention(about, TagRulesOf(name)) : null;
    }

    /// <summary>What the names begin with that the identity may see in the catalog; none of them begins another.</summary>
    public IReadOnlyList<string> ListedPrefixes(Identity identity)
    {
        var prefixes = new List<string>();
        var all = _rules.Where(rule => rule.Actions.HasFlag(RepositoryActions.List) && rule.IsFor(identity))
            .SelectMany(rule => rule.Repositories.Select(pattern => pattern.Prefix));
        foreach (var prefix in all.Order(StringComparer.Ordinal))
            if (prefixes.Count == 0 || !prefix.StartsWith(prefixes[^1], StringComparison.Ordinal)) prefixes.Add(prefix);
        return prefixes;
    }

    /// <summary>The robot with this name and secret; null for none, and for a secret that has expired.</summary>
    public Identity.Robot? FindRobot(string name, string secret, DateTimeOffset now)
    {
        var hash = RobotSecret.Hash(secret);
        // The same work for every name: how long it takes must not tell which ones there are.
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

    /// <summary>Whether the policy still vouches for somebody whom it did earlier.</summary>
    public bool StillRecognizes(Identity identity, DateTimeOffset now) => identity switch
    {
        Identity.Anonymous => true,
        Identity.Robot robot =>
            _robots.TryGetValue(robot.Account, out var account)
                && account.Secrets.Any(secret => secret.Hash == robot.SecretHash && IsValid(secret, now)),
        Identity.Federated federated => _issuers.TryGetValue(federated.Issuer, out var issuer) && issuer.Address == federated.Address,
        _ => throw new InvalidOperationException($"No identity is a {identity.GetType()}."),
    };

    static bool IsValid(SecretDocument secret, DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime) < secret.Expires;
}
