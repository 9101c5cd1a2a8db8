using System.Buffers;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>Validates the document of a policy and converts it.</summary>
sealed class PolicyReader(PolicyDocument document)
{
    static readonly SearchValues<char> s_inNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-/*");

    static readonly SearchValues<char> s_inTags = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*");

    /// <summary>A hundred years: larger numbers could exceed the range of dates.</summary>
    const int MaxDays = 36_500;

    /// <exception cref="PolicyException">The text is not JSON, or the policy is invalid.</exception>
    public static Policy Read(string json) => new PolicyReader(PolicySyntax.Read(json)).Read();

    Policy Read()
    {
        foreach (var (name, robot) in document.Robots) CheckRobot(name, robot);
        var rules = document.Rules.Select(ReadRule).ToList();
        if (FirstTwice(rules.Select(rule => rule.Name)) is { } twice)
            throw new PolicyException($"two rules are named '{twice}'; names must be unique, because the audit log contains them");
        var issuers = document.Issuers.ToDictionary(pair => pair.Key, pair => ReadIssuer(pair.Key, pair.Value));
        if (issuers.Values.GroupBy(issuer => issuer.Address).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new PolicyException(
                $"the issuers {string.Join(" and ", same.Select(issuer => $"'{issuer.Name}'"))} have the same address: merge "
                + "them into one, with the audiences of both");
        }
        var (tags, retention) = (document.Tags.Select(ReadTagRule).ToList(), document.Retention.Select(ReadRetentionRule).ToList());
        if (FirstTwice(tags.Select(rule => rule.Name)) is { } tagRule)
            throw new PolicyException($"two tag rules are named '{tagRule}'; names must be unique, because error messages contain them");
        if (FirstTwice(retention.Select(rule => rule.Name)) is { } retentionRule)
        {
            throw new PolicyException(
                $"two retention rules are named '{retentionRule}'; names must be unique, because reports contain them");
        }
        return new Policy(rules, document.Robots.ToDictionary(), issuers)
        {
            TagRules = tags,
            Retention = retention,
            SparseManifests = [.. document.SparseManifests.Select(text => ReadRepositories("sparseManifests", text))],
        };
    }

    static string? FirstTwice(IEnumerable<string> names) => names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;

    static void CheckRobot(string name, RobotDocument robot)
    {
        if (!RepositoryName.TryParse(name, out _) || name.Contains('/', StringComparison.Ordinal))
        {
            throw new PolicyException(
                $"robots: '{name}' is not a valid name for a robot; use lowercase letters and digits, separated by '.', '_' or '-'");
        }
        foreach (var secret in robot.Secrets)
        {
            if (!RobotSecret.IsHash(secret.Hash))
            {
                throw new PolicyException(
                    $"robots.{name}: a hash is 'sha256:' and 64 hexadecimal digits; the command 'robot new' generates a secret "
                    + "and its hash");
            }
        }
    }

    TrustedIssuer ReadIssuer(string name, IssuerDocument issuer)
    {
        if (name.Length == 0 || name is "robot" or "anonymous" || name.Contains(':', StringComparison.Ordinal))
        {
            throw new PolicyException(
                $"issuers: '{name}' is not a valid name for an issuer: it must not be empty, 'robot' or 'anonymous', or contain a colon");
        }
        var address = issuer.Issuer;
        if (!address.IsAbsoluteUri
            || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            throw new PolicyException($"issuers.{name}: the address must be the claim 'iss' of its tokens: https, without a query");
        }
        if (issuer.Audiences.Count == 0 || issuer.Audiences.Any(string.IsNullOrWhiteSpace))
        {
            throw new PolicyException(
                $"issuers.{name}: audiences must list accepted values of the claim 'aud', such as the registry's host; without "
                + "them the registry would accept tokens issued for other services");
        }
        foreach (var host in issuer.JwksHosts ?? [])
        {
            if (!Uri.TryCreate($"{address.Scheme}://{host}", UriKind.Absolute, out var url) || url.Authority != host)
            {
                throw new PolicyException(
                    $"issuers.{name}: jwksHosts lists hosts such as 'www.googleapis.com': lowercase, without scheme and path; "
                    + $"'{host}' is none");
            }
        }
        var claims = document.Rules.SelectMany(rule => rule.Subjects)
            .Where(subject => subject.Issuer == name)
            .SelectMany(subject => subject.Claims!.Keys);
        return new TrustedIssuer(name, address.OriginalString, issuer.Audiences, claims.ToHashSet()) { JwksHosts = issuer.JwksHosts ?? [] };
    }

    Rule ReadRule(RuleDocument rule)
    {
        var at = $"rule '{rule.Name}'";
        if (!IsName(rule.Name))
            throw new PolicyException("rules: each rule needs a name of up to 80 characters, for messages and the audit log");
        if (rule.Subjects.Count == 0) throw new PolicyException($"{at} has no subjects: add some, or remove the rule");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} has no repositories: add some; '**' matches all");
        var actions = RepositoryActions.None;
        foreach (var word in rule.Actions)
        {
            actions |= RepositoryActionNames.All.TryGetValue(word, out var action) ? action
                : throw new PolicyException(
                    $"{at}: unknown action '{word}'; the actions are {string.Join(", ", RepositoryActionNames.All.Keys)}");
        }
        if (actions == RepositoryActions.None) throw new PolicyException($"{at} has no actions: add some, or remove the rule");
        return new Rule(
            rule.Name,
            [.. rule.Subjects.Select(subject => ReadSubject(at, subject))],
            [.. rule.Repositories.Select(text => ReadRepositories(at, text))],
            actions);
    }

    Subject ReadSubject(string at, SubjectDocument subject)
    {
        var kinds = (subject.Anonymous ? 1 : 0) + (subject.Robot is null ? 0 : 1) + (subject.Issuer is null ? 0 : 1);
        if (kinds != 1)
        {
            throw new PolicyException(
                $"{at}: a subject must be one of "
                + $"{{\"anonymous\": true}}, {{\"robot\": \"name\"}} and {{\"issuer\": \"name\", \"claims\": {{…}}}}");
        }
        if (subject.Robot is { } robot && !document.Robots.ContainsKey(robot))
            throw new PolicyException($"{at}: the policy has no robot '{robot}'");
        if (subject.Issuer is { } issuer && !document.Issuers.ContainsKey(issuer))
            throw new PolicyException($"{at}: the policy has no issuer '{issuer}'");
        if (subject.Issuer is not null && subject.Claims is not { Count: > 0 })
        {
            throw new PolicyException(
                $"{at}: a subject with an issuer needs claims, which select its tokens; "
                + $"{{\"sub\": \"**\"}} matches every token of the issuer");
        }
        if (subject.Issuer is null && subject.Claims is not null) throw new PolicyException($"{at}: claims are allowed for issuers only");
        return new Subject(
            subject.Anonymous,
            subject.Robot,
            subject.Issuer,
            [.. (subject.Claims ?? new Dictionary<string, string>())
                .Select(claim => KeyValuePair.Create(claim.Key, new Pattern(claim.Value)))]);
    }

    static TagRule ReadTagRule(TagRuleDocument rule)
    {
        var at = $"tags: rule '{rule.Name}'";
        if (!IsName(rule.Name)) throw new PolicyException("tags: each rule needs a name of up to 80 characters, for messages");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} has no repositories: add some; '**' matches all");
        if (rule.Tags.Count == 0) throw new PolicyException($"{at} has no tags: add some; '*' matches all");
        if (!TagModeNames.All.TryGetValue(rule.Mode, out var mode))
            throw new PolicyException($"{at}: unknown mode '{rule.Mode}'; the modes are {string.Join(", ", TagModeNames.All.Keys)}");
        return new TagRule(
            rule.Name,
            [.. rule.Repositories.Select(text => ReadRepositories(at, text))],
            [.. rule.Tags.Select(text => ReadTags(at, text))],
            mode);
    }

    static RetentionRule ReadRetentionRule(RetentionRuleDocument rule)
    {
        var at = $"retention: rule '{rule.Name}'";
        if (!IsName(rule.Name)) throw new PolicyException("retention: each rule needs a name of up to 80 characters, for reports");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} has no repositories: add some; '**' matches all");
        if (rule.Tags is { Count: 0 }) throw new PolicyException($"{at} has no tags: leave 'tags' out, or use '*', to match all");
        CheckNumber(at, "keepNewest", rule.KeepNewest, int.MaxValue);
        CheckNumber(at, "keepPushedDays", rule.KeepPushedDays, MaxDays);
        CheckNumber(at, "keepPulledDays", rule.KeepPulledDays, MaxDays);
        CheckNumber(at, "untaggedDays", rule.UntaggedDays, MaxDays);
        var read = new RetentionRule(
            rule.Name,
            [.. rule.Repositories.Select(text => ReadRepositories(at, text))],
            [.. (rule.Tags ?? ["*"]).Select(text => ReadTags(at, text))])
        {
            KeepNewest = rule.KeepNewest,
            KeepPushedDays = rule.KeepPushedDays,
            KeepPulledDays = rule.KeepPulledDays,
            UntaggedDays = rule.UntaggedDays,
        };
        if (!read.IsAboutTags && read.UntaggedDays is null)
        {
            throw new PolicyException(
                $"{at} has no condition: add keepNewest, keepPushedDays or keepPulledDays for tags, or untaggedDays for "
                + "manifests without a tag, or remove the rule");
        }
        if (!read.IsAboutTags && rule.Tags is not null)
        {
            throw new PolicyException(
                $"{at}: 'tags' does not apply to untaggedDays, which is for manifests without a tag; leave 'tags' out, or "
                + "add keepNewest, keepPushedDays or keepPulledDays");
        }
        return read;
    }

    static void CheckNumber(string at, string property, int? number, int most)
    {
        if (number < 1 || number > most)
        {
            throw new PolicyException(
                $"{at}: {property} must be a whole number from 1{(most < int.MaxValue ? $" to {most}" : "")}; leave it out "
                + "for no such condition");
        }
    }

    static bool IsName(string name) => name.Length is > 0 and <= 80 && !name.Any(char.IsControl);

    static Pattern ReadTags(string at, string text)
    {
        if (text.Length is 0 or > 128 || text[0] is '.' or '-' || text.AsSpan().IndexOfAnyExcept(s_inTags) >= 0)
            throw new PolicyException($"{at}: '{text}' can match no tag: '*' matches any characters, and a tag is {Tag.Grammar}");
        return new Pattern(text);
    }

    static Pattern ReadRepositories(string at, string text)
    {
        // A pattern that no name can match would make a rule that never applies.
        if (text.Length == 0 || text.Split('/').Contains("") || text.AsSpan().IndexOfAnyExcept(s_inNames) >= 0)
        {
            throw new PolicyException(
                $"{at}: '{text}' can match no repository: names are lowercase, '*' matches any characters except '/', and "
                + "'**' matches any characters");
        }
        return new Pattern(text);
    }
}
