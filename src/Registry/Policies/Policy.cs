using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>Whether something may be done, and the first rule that says so; null where none does.</summary>
public readonly record struct Decision(string? Rule)
{
    public bool Allowed => Rule is not null;
}

/// <summary>An issuer whose tokens are believed.</summary>
/// <param name="Name">In the policy.</param>
/// <param name="Address">As its tokens name it, to the letter.</param>
/// <param name="Audiences">What its tokens must be made for, one of them.</param>
/// <param name="Claims">What rules ask of its tokens.</param>
public sealed record TrustedIssuer(string Name, string Address, IReadOnlyList<string> Audiences, IReadOnlyCollection<string> Claims);

/// <summary>Who may do what: a policy that has been read and found to make sense. It does not change.</summary>
public sealed class Policy
{
    readonly List<Rule> _rules;
    readonly Dictionary<string, RobotDocument> _robots;
    readonly Dictionary<string, TrustedIssuer> _issuers;

    Policy(List<Rule> rules, Dictionary<string, RobotDocument> robots, Dictionary<string, TrustedIssuer> issuers) =>
        (_rules, _robots, _issuers) = (rules, robots, issuers);

    /// <summary>Anyone may do anything: for a registry on one's own machine.</summary>
    public static Policy Open { get; } = new([new Rule("open to this machine", [new(Anonymous: true, null, null, [])], [new Pattern("**")], RepositoryActions.Admin)], [], []);

    /// <summary>Nobody may do anything.</summary>
    public static Policy Closed { get; } = new([], [], []);

    /// <summary>Whether there is anybody whom one could log in as.</summary>
    public bool HasAccounts => _robots.Count > 0 || _issuers.Count > 0;

    public bool HasRobot(string name) => _robots.ContainsKey(name);

    /// <summary>Whether the robot has a secret that is accepted now.</summary>
    public bool CanLogIn(string robot, DateTimeOffset now) => _robots.TryGetValue(robot, out var account) && account.Secrets.Any(secret => IsValid(secret, now));

    public IEnumerable<TrustedIssuer> Issuers => _issuers.Values;

    /// <summary>Reads a policy.</summary>
    /// <exception cref="PolicyException">It is not JSON, or does not make sense; the message says where and what to do.</exception>
    public static Policy Parse(string json)
    {
        PolicyDocument document;
        try
        {
            using (var whole = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })) RefuseNull(whole.RootElement, "$");
            document = JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyDocument)!;
        }
        catch (JsonException e)
        {
            throw new PolicyException($"{e.Path ?? "$"}: {e.Message.Split(" Path: ")[0]} (line {e.LineNumber + 1})");
        }
        return new PolicyReader(document).Read();
    }

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
        var candidates = _robots.TryGetValue(name, out var robot) && robot.Secrets.Count > 0 ? robot.Secrets : [new SecretDocument(RobotSecret.Hash(""), DateOnly.MinValue)];
        SecretDocument? found = null;
        foreach (var candidate in candidates)
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(candidate.Hash), Encoding.ASCII.GetBytes(hash))) found = candidate;
        return found is not null && IsValid(found, now) ? new Identity.Robot(name, hash) : null;
    }

    /// <summary>Whether the policy still vouches for somebody whom it did earlier.</summary>
    public bool Knows(Identity identity, DateTimeOffset now) => identity switch
    {
        Identity.Anonymous => true,
        Identity.Robot robot => _robots.TryGetValue(robot.Account, out var account) && account.Secrets.Any(secret => secret.Hash == robot.SecretHash && IsValid(secret, now)),
        Identity.Federated federated => _issuers.TryGetValue(federated.Issuer, out var issuer) && issuer.Address == federated.Address,
        _ => throw new InvalidOperationException($"No identity is a {identity.GetType()}."),
    };

    /// <summary>Nothing of a policy may be null, in lists neither; the reader of .NET looks at properties alone.</summary>
    static void RefuseNull(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                throw new PolicyException($"{path}: null means nothing here; leave it out. {{\"rules\": []}} denies everything");
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) RefuseNull(property.Value, $"{path}.{property.Name}");
                break;
            case JsonValueKind.Array:
                for (var i = 0; i < element.GetArrayLength(); i++) RefuseNull(element[i], $"{path}[{i}]");
                break;
        }
    }

    static bool IsValid(SecretDocument secret, DateTimeOffset now) => DateOnly.FromDateTime(now.UtcDateTime) < secret.Expires;

    internal sealed record Subject(bool Anonymous, string? Robot, string? Issuer, IReadOnlyList<KeyValuePair<string, Pattern>> Claims)
    {
        public bool Is(Identity identity) => identity switch
        {
            _ when Anonymous => true,
            Identity.Robot robot => robot.Account == Robot,
            Identity.Federated federated => federated.Issuer == Issuer
                && Claims.All(claim => federated.Claims.TryGetValue(claim.Key, out var values) && values.Any(claim.Value.Matches)),
            _ => false,
        };
    }

    /// <summary>Asked on every request, and so without anything that allocates.</summary>
    internal sealed record Rule(string Name, Subject[] Subjects, Pattern[] Repositories, RepositoryActions Actions)
    {
        public bool IsFor(Identity identity, RepositoryName name) => IsAbout(name) && IsFor(identity);

        public bool IsFor(Identity identity)
        {
            foreach (var subject in Subjects)
                if (subject.Is(identity)) return true;
            return false;
        }

        bool IsAbout(RepositoryName name)
        {
            foreach (var pattern in Repositories)
                if (pattern.Matches(name.Value)) return true;
            return false;
        }
    }

    /// <summary>Makes a policy of what was written, or says what makes no sense.</summary>
    sealed class PolicyReader(PolicyDocument document)
    {
        static readonly SearchValues<char> s_inNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-/*");

        public Policy Read()
        {
            foreach (var (name, robot) in document.Robots) CheckRobot(name, robot);
            var rules = document.Rules.Select(ReadRule).ToList();
            if (rules.GroupBy(rule => rule.Name).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new PolicyException($"two rules are named '{twice.Key}': the audit log could not tell them apart");
            var issuers = document.Issuers.ToDictionary(pair => pair.Key, pair => ReadIssuer(pair.Key, pair.Value));
            if (issuers.Values.GroupBy(issuer => issuer.Address).FirstOrDefault(group => group.Count() > 1) is { } same)
                throw new PolicyException($"the issuers {string.Join(" and ", same.Select(issuer => $"'{issuer.Name}'"))} have the same address: make them one, with the audiences of both");
            return new Policy(rules, document.Robots.ToDictionary(), issuers);
        }

        static void CheckRobot(string name, RobotDocument robot)
        {
            if (!RepositoryName.TryParse(name, out _) || name.Contains('/', StringComparison.Ordinal))
                throw new PolicyException($"robots: '{name}' is not a name for a robot: lowercase letters and digits, separated by '.', '_' or '-'");
            foreach (var secret in robot.Secrets)
                if (!RobotSecret.IsHash(secret.Hash)) throw new PolicyException($"robots.{name}: a hash is 'sha256:' and 64 digits; the command 'robot new' makes a secret and its hash");
        }

        TrustedIssuer ReadIssuer(string name, IssuerDocument issuer)
        {
            if (name.Length == 0 || name is "robot" or "anonymous" || name.Contains(':', StringComparison.Ordinal)) throw new PolicyException($"issuers: '{name}' cannot be the name of an issuer: it must not be 'robot' or 'anonymous', nor hold a colon");
            var address = issuer.Issuer;
            if (!address.IsAbsoluteUri || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0 || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
                throw new PolicyException($"issuers.{name}: the address must be https, without a query: the claim 'iss' of its tokens");
            if (issuer.Audiences.Count == 0 || issuer.Audiences.Any(string.IsNullOrWhiteSpace))
                throw new PolicyException($"issuers.{name}: audiences must name what its tokens are made for, such as the registry's host; without it a token for anyone else would do here");
            var claims = document.Rules.SelectMany(rule => rule.Subjects).Where(subject => subject.Issuer == name).SelectMany(subject => subject.Claims!.Keys);
            return new TrustedIssuer(name, address.OriginalString, issuer.Audiences, claims.ToHashSet());
        }

        Rule ReadRule(RuleDocument rule)
        {
            var at = $"rule '{rule.Name}'";
            if (rule.Name.Length is 0 or > 80 || rule.Name.Any(char.IsControl)) throw new PolicyException("rules: each has a name of up to 80 characters, for messages and the audit log");
            if (rule.Subjects.Count == 0) throw new PolicyException($"{at} is for nobody: name subjects, or leave it out");
            if (rule.Repositories.Count == 0) throw new PolicyException($"{at} is about no repository: '**' stands for all");
            var actions = RepositoryActions.None;
            foreach (var word in rule.Actions)
            {
                actions |= RepositoryActionNames.All.TryGetValue(word, out var action) ? action
                    : throw new PolicyException($"{at}: there is no action '{word}'; there are {string.Join(", ", RepositoryActionNames.All.Keys)}");
            }
            if (actions == RepositoryActions.None) throw new PolicyException($"{at} allows nothing: name actions, or leave it out");
            return new Rule(rule.Name, [.. rule.Subjects.Select(subject => ReadSubject(at, subject))], [.. rule.Repositories.Select(text => ReadRepositories(at, text))], actions);
        }

        Subject ReadSubject(string at, SubjectDocument subject)
        {
            var kinds = (subject.Anonymous ? 1 : 0) + (subject.Robot is null ? 0 : 1) + (subject.Issuer is null ? 0 : 1);
            if (kinds != 1) throw new PolicyException($"{at}: a subject is one of {{\"anonymous\": true}}, {{\"robot\": \"name\"}} and {{\"issuer\": \"name\", \"claims\": {{…}}}}");
            if (subject.Robot is { } robot && !document.Robots.ContainsKey(robot)) throw new PolicyException($"{at}: there is no robot '{robot}'");
            if (subject.Issuer is { } issuer && !document.Issuers.ContainsKey(issuer)) throw new PolicyException($"{at}: there is no issuer '{issuer}'");
            if (subject.Issuer is not null && subject.Claims is not { Count: > 0 })
                throw new PolicyException($"{at}: claims must say whom of the issuer's the rule is for; {{\"sub\": \"**\"}} stands for everybody who gets a token there");
            if (subject.Issuer is null && subject.Claims is not null) throw new PolicyException($"{at}: only tokens of issuers have claims");
            return new Subject(subject.Anonymous, subject.Robot, subject.Issuer, [.. (subject.Claims ?? new Dictionary<string, string>()).Select(claim => KeyValuePair.Create(claim.Key, new Pattern(claim.Value)))]);
        }

        static Pattern ReadRepositories(string at, string text)
        {
            // What no name can match would be a rule that never applies.
            if (text.Length == 0 || text.Split('/').Contains("") || text.AsSpan().IndexOfAnyExcept(s_inNames) >= 0)
                throw new PolicyException($"{at}: '{text}' matches no repository: names are lowercase, '*' stands for a part of one component, '**' for any number of them");
            return new Pattern(text);
        }
    }
}

/// <summary>A policy cannot be used; the message says where and what to do.</summary>
public sealed class PolicyException(string message) : Exception(message);
