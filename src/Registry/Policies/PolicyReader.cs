using System.Buffers;
using System.Text.Json;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>Makes a policy of what was written, or says what makes no sense.</summary>
sealed class PolicyReader(PolicyDocument document)
{
    static readonly SearchValues<char> s_inNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-/*");

    static readonly SearchValues<char> s_inTags = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*");

    /// <summary>A hundred years: beyond it a day is none that a date can hold.</summary>
    const int MaxDays = 36_500;

    static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="PolicyException">It is not JSON, or does not make sense.</exception>
    public static Policy Read(string json)
    {
        try
        {
            using (var whole = JsonDocument.Parse(json, s_lenient)) RefuseNull(whole.RootElement, "$");
            return new PolicyReader(JsonSerializer.Deserialize(json, PolicyJson.Default.PolicyDocument)!).Read();
        }
        catch (JsonException e)
        {
            throw new PolicyException($"{e.Path ?? "$"}: {e.Message.Split(" Path: ")[0]} (line {e.LineNumber + 1})");
        }
    }

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

    Policy Read()
    {
        foreach (var (name, robot) in document.Robots) CheckRobot(name, robot);
        var rules = document.Rules.Select(ReadRule).ToList();
        if (FirstTwice(rules.Select(rule => rule.Name)) is { } twice)
            throw new PolicyException($"two rules are named '{twice}': the audit log could not tell them apart");
        var issuers = document.Issuers.ToDictionary(pair => pair.Key, pair => ReadIssuer(pair.Key, pair.Value));
        if (issuers.Values.GroupBy(issuer => issuer.Address).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new PolicyException(
                $"the issuers {string.Join(" and ", same.Select(issuer => $"'{issuer.Name}'"))} have the same address: make them "
                + "one, with the audiences of both");
        }
        var (tags, retention) = (document.Tags.Select(ReadTagRule).ToList(), document.Retention.Select(ReadRetentionRule).ToList());
        if (FirstTwice(tags.Select(rule => rule.Name)) is { } tagRule)
            throw new PolicyException($"two rules on tags are named '{tagRule}': who is refused could not tell which one to look at");
        if (FirstTwice(retention.Select(rule => rule.Name)) is { } retentionRule)
        {
            throw new PolicyException(
                $"two rules of retention are named '{retentionRule}': a report could not tell which one removed something");
        }
        return new Policy(rules, document.Robots.ToDictionary(), issuers) { TagRules = tags, Retention = retention };
    }

    static string? FirstTwice(IEnumerable<string> names) => names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;

    static void CheckRobot(string name, RobotDocument robot)
    {
        if (!RepositoryName.TryParse(name, out _) || name.Contains('/', StringComparison.Ordinal))
        {
            throw new PolicyException(
                $"robots: '{name}' is not a name for a robot: lowercase letters and digits, separated by '.', '_' or '-'");
        }
        foreach (var secret in robot.Secrets)
        {
            if (!RobotSecret.IsHash(secret.Hash))
            {
                throw new PolicyException(
                    $"robots.{name}: a hash is 'sha256:' and 64 digits; the command 'robot new' makes a secret and its hash");
            }
        }
    }

    TrustedIssuer ReadIssuer(string name, IssuerDocument issuer)
    {
        if (name.Length == 0 || name is "robot" or "anonymous" || name.Contains(':', StringComparison.Ordinal))
        {
            throw new PolicyException(
                $"issuers: '{name}' cannot be the name of an issuer: it must not be 'robot' or 'anonymous', nor hold a colon");
        }
        var address = issuer.Issuer;
        if (!address.IsAbsoluteUri
            || address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0
            || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            throw new PolicyException($"issuers.{name}: the address must be https, without a query: the claim 'iss' of its tokens");
        }
        if (issuer.Audiences.Count == 0 || issuer.Audiences.Any(string.IsNullOrWhiteSpace))
        {
            throw new PolicyException(
                $"issuers.{name}: audiences must name what its tokens are made for, such as the registry's host; without it a "
                + "token for anyone else would do here");
        }
        var claims = document.Rules.SelectMany(rule => rule.Subjects)
            .Where(subject => subject.Issuer == name)
            .SelectMany(subject => subject.Claims!.Keys);
        return new TrustedIssuer(name, address.OriginalString, issuer.Audiences, claims.ToHashSet());
    }

    Rule ReadRule(RuleDocument rule)
    {
        var at = $"rule '{rule.Name}'";
        if (!IsName(rule.Name)) throw new PolicyException("rules: each has a name of up to 80 characters, for messages and the audit log");
        if (rule.Subjects.Count == 0) throw new PolicyException($"{at} is for nobody: name subjects, or leave it out");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} is about no repository: '**' stands for all");
        var actions = RepositoryActions.None;
        foreach (var word in rule.Actions)
        {
            actions |= RepositoryActionNames.All.TryGetValue(word, out var action) ? action
                : throw new PolicyException(
                    $"{at}: there is no action '{word}'; there are {string.Join(", ", RepositoryActionNames.All.Keys)}");
        }
        if (actions == RepositoryActions.None) throw new PolicyException($"{at} allows nothing: name actions, or leave it out");
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
                $"{at}: a subject is one of "
                + $"{{\"anonymous\": true}}, {{\"robot\": \"name\"}} and {{\"issuer\": \"name\", \"claims\": {{…}}}}");
        }
        if (subject.Robot is { } robot && !document.Robots.ContainsKey(robot))
            throw new PolicyException($"{at}: there is no robot '{robot}'");
        if (subject.Issuer is { } issuer && !document.Issuers.ContainsKey(issuer))
            throw new PolicyException($"{at}: there is no issuer '{issuer}'");
        if (subject.Issuer is not null && subject.Claims is not { Count: > 0 })
        {
            throw new PolicyException(
                $"{at}: claims must say whom of the issuer's the rule is for; "
                + $"{{\"sub\": \"**\"}} stands for everybody who gets a token there");
        }
        if (subject.Issuer is null && subject.Claims is not null) throw new PolicyException($"{at}: only tokens of issuers have claims");
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
        if (!IsName(rule.Name)) throw new PolicyException("tags: each rule has a name of up to 80 characters, for messages");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} is about no repository: '**' stands for all");
        if (rule.Tags.Count == 0) throw new PolicyException($"{at} is about no tag: '*' stands for all");
        if (!TagModeNames.All.TryGetValue(rule.Mode, out var mode))
            throw new PolicyException($"{at}: there is no mode '{rule.Mode}'; there are {string.Join(", ", TagModeNames.All.Keys)}");
        return new TagRule(
            rule.Name,
            [.. rule.Repositories.Select(text => ReadRepositories(at, text))],
            [.. rule.Tags.Select(text => ReadTags(at, text))],
            mode);
    }

    static RetentionRule ReadRetentionRule(RetentionRuleDocument rule)
    {
        var at = $"retention: rule '{rule.Name}'";
        if (!IsName(rule.Name)) throw new PolicyException("retention: each rule has a name of up to 80 characters, for reports");
        if (rule.Repositories.Count == 0) throw new PolicyException($"{at} is about no repository: '**' stands for all");
        if (rule.Tags is { Count: 0 }) throw new PolicyException($"{at} is about no tag: leave tags out, or write '*', for all");
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
                $"{at} has no condition: give it keepNewest, keepPushedDays or keepPulledDays for tags, untaggedDays for "
                + "manifests without one, or leave it out");
        }
        if (!read.IsAboutTags && rule.Tags is not null)
        {
            throw new PolicyException(
                $"{at}: untaggedDays is about manifests without a tag, so tags mean nothing beside it alone; leave them out, or "
                + "add keepNewest, keepPushedDays or keepPulledDays");
        }
        return read;
    }

    static void CheckNumber(string at, string property, int? number, int most)
    {
        if (number < 1 || number > most)
        {
            throw new PolicyException(
                $"{at}: {property} must be a whole number from 1{(most < int.MaxValue ? $" to {most}" : "")}; leave it out for "
                + "no such condition");
        }
    }

    static bool IsName(string name) => name.Length is > 0 and <= 80 && !name.Any(char.IsControl);

    static Pattern ReadTags(string at, string text)
    {
        if (text.Length is 0 or > 128 || text[0] is '.' or '-' || text.AsSpan().IndexOfAnyExcept(s_inTags) >= 0)
            throw new PolicyException($"{at}: '{text}' matches no tag: '*' stands for any characters, and a tag is {Tag.Grammar}");
        return new Pattern(text);
    }

    static Pattern ReadRepositories(string at, string text)
    {
        // What no name can match would be a rule that never applies.
        if (text.Length == 0 || text.Split('/').Contains("") || text.AsSpan().IndexOfAnyExcept(s_inNames) >= 0)
        {
            throw new PolicyException(
                $"{at}: '{text}' matches no repository: names are lowercase, '*' stands for a part of one component, '**' for "
                + "any number of them");
        }
        return new Pattern(text);
    }
}
