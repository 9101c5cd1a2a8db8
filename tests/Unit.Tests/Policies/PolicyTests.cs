using Registry.Oci;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Policies;

public class PolicyTests
{
    static readonly string s_secret = RobotSecret.Create();

    static readonly Policy s_policy = Policy.Parse($$"""
        {
          // Comments and trailing commas are allowed for authors.
          "$schema": "registry.policy.schema.json",
          "issuers": { "ci": { "issuer": "https://ci.example.com", "audiences": ["registry.example.com"] } },
          "robots": {
            "build": { "secrets": [{ "hash": "{{RobotSecret.Hash(s_secret)}}", "expires": "2026-07-01" }] },
            "idle": { "secrets": [] },
          },
          "rules": [
            { "name": "public", "subjects": [{ "anonymous": true }], "repositories": ["public/**", "mirror"], "actions": ["pull", "list"] },
            { "name": "build", "subjects": [{ "robot": "build" }], "repositories": ["team/*"], "actions": ["pull", "push"] },
            { "name": "main", "subjects": [{ "issuer": "ci", "claims": { "repository": "contoso/*", "ref": "refs/heads/main" } }],
              "repositories": ["team/**"], "actions": ["push", "overwrite", "list"] },
            { "name": "owners", "subjects": [{ "issuer": "ci", "claims": { "groups": "owners" } }],
              "repositories": ["**"], "actions": ["admin"] },
          ],
        }
        """);

    static readonly DateTimeOffset s_june = new(2026, 6, 30, 23, 59, 59, TimeSpan.Zero);

    [Theory]
    [InlineData("anonymous", "public/a", "pull, list")]
    [InlineData("anonymous", "public/a/b", "pull, list")]
    [InlineData("anonymous", "public", "")]
    [InlineData("anonymous", "publicity/a", "")]
    [InlineData("anonymous", "mirror", "pull, list")]
    [InlineData("anonymous", "mirrors", "")]
    [InlineData("anonymous", "team/a", "")]
    [InlineData("build", "team/a", "pull, push")]
    [InlineData("build", "team/a/b", "")]
    [InlineData("build", "public/a", "pull, list")]
    [InlineData("build", "xteam/a", "")]
    [InlineData("repository=contoso/app ref=refs/heads/main", "team/a/b", "push, overwrite, list")]
    [InlineData("repository=contoso/app/x ref=refs/heads/main", "team/a", "")]
    [InlineData("repository=contoso/app ref=refs/heads/main2", "team/a", "")]
    [InlineData("repository=contoso/app", "team/a", "")]
    [InlineData("groups=other groups=owners", "any/thing", "pull, push, overwrite, delete, list, admin")]
    [InlineData("groups=owners2", "any/thing", "")]
    public void Rules_allow_their_actions_and_nothing_else(string who, string repository, string expected)
    {
        var (identity, name) = (IdentityOf(who), RepositoryName.Parse(repository));
        Assert.Equal(expected, s_policy.ActionsOf(identity, name).Describe());
        foreach (var (word, action) in RepositoryActionNames.All)
            Assert.Equal(expected.Split(", ").Contains(word), s_policy.Decide(identity, name, action).Allowed);
    }

    [Fact]
    public void First_rule_that_allows_it_is_named() => Assert.Equal(
        ("build", "public", null),
        (s_policy.Decide(IdentityOf("build"), RepositoryName.Parse("team/a"), RepositoryActions.Push).Rule,
            s_policy.Decide(IdentityOf("build"), RepositoryName.Parse("mirror"), RepositoryActions.Pull).Rule,
            s_policy.Decide(IdentityOf("build"), RepositoryName.Parse("mirror"), RepositoryActions.Push).Rule));

    [Fact]
    public void List_prefixes_cover_all_listable_repositories()
    {
        Assert.Equal(["mirror", "public/"], s_policy.ListedPrefixes(IdentityOf("anonymous")));
        Assert.Equal(["mirror", "public/", "team/"], s_policy.ListedPrefixes(IdentityOf("repository=contoso/app ref=refs/heads/main")));
        Assert.Equal([""], s_policy.ListedPrefixes(IdentityOf("groups=owners")));
        Assert.Empty(Policy.Closed.ListedPrefixes(IdentityOf("anonymous")));
    }

    /// <summary>All of a hash is compared, not only how it begins.</summary>
    [Fact]
    public void Robot_is_not_authenticated_by_a_secret_whose_hash_differs_in_one_digit()
    {
        var hash = RobotSecret.Hash(s_secret);
        for (var i = "sha256:".Length; i < hash.Length; i++)
        {
            var other = $"{hash[..i]}{(hash[i] == '0' ? '1' : '0')}{hash[(i + 1)..]}";
            var policy = Policy.Parse($$"""
                { "robots": { "r": { "secrets": [{ "hash": "{{other}}", "expires": "2999-01-01" }] } }, "rules": [] }
                """);
            Assert.Null(policy.FindRobot("r", s_secret, s_june));
        }
    }

    [Fact]
    public void Robot_is_authenticated_by_its_secret_until_it_expires()
    {
        var robot = s_policy.FindRobot("build", s_secret, s_june);
        Assert.Equal("build", robot?.Account);
        Assert.True(s_policy.StillRecognizes(robot!, s_june));
        Assert.False(s_policy.StillRecognizes(robot!, s_june.AddSeconds(1)));
        Assert.Null(s_policy.FindRobot("build", s_secret, s_june.AddSeconds(1)));
        Assert.Null(s_policy.FindRobot("build", s_secret + "x", s_june));
        Assert.Null(s_policy.FindRobot("build", "", s_june));
        Assert.Null(s_policy.FindRobot("build", RobotSecret.Hash(s_secret), s_june));
        Assert.Null(s_policy.FindRobot("idle", s_secret, s_june));
        Assert.Null(s_policy.FindRobot("idle", "", s_june));
        Assert.Null(s_policy.FindRobot("nobody", s_secret, s_june));
        Assert.Null(s_policy.FindRobot("nobody", "", s_june));
    }

    [Fact]
    public void Removed_principals_are_no_longer_authenticated()
    {
        var federated = IdentityOf("repository=contoso/app");
        Assert.True(s_policy.StillRecognizes(federated, s_june));
        Assert.False(Policy.Closed.StillRecognizes(federated, s_june));
        Assert.False(Policy.Parse(
            """{ "issuers": { "ci": { "issuer": "https://other.example.com", "audiences": ["registry.example.com"] } } }""")
            .StillRecognizes(federated, s_june));
    }

    [Fact]
    public void Each_of_several_secrets_authenticates_and_keeps_its_tokens_valid()
    {
        var (current, next) = (RobotSecret.Create(), RobotSecret.Create());
        var policy = Policy.Parse($$"""
            { "robots": { "r": { "secrets": [{ "hash": "{{RobotSecret.Hash(current)}}", "expires": "2026-07-01" },
                                             { "hash": "{{RobotSecret.Hash(next)}}", "expires": "2027-07-01" }] } } }
            """);
        Assert.True(policy.HasAccounts);
        foreach (var secret in new[] { current, next })
            Assert.True(policy.StillRecognizes(policy.FindRobot("r", secret, s_june)!, s_june));
        var late = s_june.AddMonths(2);
        Assert.True(policy.CanLogIn("r", late));
        Assert.Null(policy.FindRobot("r", current, late));
        Assert.False(policy.StillRecognizes(policy.FindRobot("r", current, s_june)!, late));
        Assert.False(policy.CanLogIn("r", late.AddYears(1)));
        Assert.False(policy.CanLogIn("other", s_june));
    }

    [Theory]
    [InlineData("""{ "robots": { "r": { "secrets": [] } } }""", true)]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": ["a"] } } }""", true)]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["pull"] }] }""",
        false)]
    public void Policy_has_accounts_if_it_has_a_robot_or_an_issuer(string json, bool expected) =>
        Assert.Equal(expected, Policy.Parse(json).HasAccounts);

    [Theory]
    [InlineData("groups=owners", true)]
    [InlineData("repository=contoso/app ref=refs/heads/main", false)]
    [InlineData("build", false)]
    [InlineData("anonymous", false)]
    public void Only_an_admin_of_all_repositories_owns_all(string who, bool expected) =>
        Assert.Equal(expected, s_policy.OwnsAll(IdentityOf(who)));

    [Theory]
    [InlineData("""["team/**"]""", false)]
    [InlineData("""["team/**", "**"]""", true)]
    public void Admin_of_some_repositories_does_not_own_all(string repositories, bool expected) => Assert.Equal(
        expected,
        Policy.Parse($$"""
            { "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": {{repositories}}, "actions": ["admin"] }] }
            """).OwnsAll(IdentityOf("anonymous")));

    [Fact]
    public void Action_that_is_named_twice_is_allowed() => Assert.True(Policy.Parse("""
        { "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["pull", "push", "pull"] }] }
        """).Decide(IdentityOf("anonymous"), RepositoryName.Parse("a"), RepositoryActions.Pull | RepositoryActions.Push).Allowed);

    [Theory]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": ["a", " "] } } }""", "audiences must list")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": "a" } } }""", "a list is expected")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": ["a"], "jwksHosts": "k" } } }""", "a list is expected")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": ["a"], "jwksHosts": ["https://k"] } } }""",
        "'https://k' is none")]
    [InlineData("""{ "issuers": { "i": { "issuer": "ftp://127.0.0.1", "audiences": ["a"] } } }""", "the address must be")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://user@i", "audiences": ["a"] } } }""", "the address must be")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i/#x", "audiences": ["a"] } } }""", "the address must be")]
    [InlineData("""{ "robots": { "r": { "secrets": [{ "hash": "sha512:""" +
        """0000000000000000000000000000000000000000000000000000000000000000", "expires": "2027-01-01" }] } } }""", "hash")]
    [InlineData("""{ "robots": { "r": { "secrets": [{ "hash": "sha256:""" +
        """g000000000000000000000000000000000000000000000000000000000000000", "expires": "2027-01-01" }] } } }""", "hash")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["/a"], "mode": "once" }] }""", "'/a' can match no tag")]
    public void Policy_with_one_wrong_character_or_item_is_refused(string json, string named) =>
        Assert.Contains(named, Assert.Throws<PolicyException>(() => Policy.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Largest_allowed_values_are_accepted()
    {
        var (name, tag) = (new string('n', 80), new string('t', 128));
        Policy.Parse($$"""
            { "tags": [{ "name": "{{name}}", "repositories": ["**"], "tags": ["{{tag}}"], "mode": "once" }],
              "retention": [{ "name": "{{name}}", "repositories": ["**"], "keepPushedDays": 36500 }] }
            """);
    }

    [Fact]
    public void Rule_for_tags_describes_itself() => Assert.Equal(
        ["tags v*, w* cannot be moved or deleted once they exist, by rule 'x'", "tags a* cannot be moved once they exist, by rule 'y'"],
        Policy.Parse("""
            { "tags": [{ "name": "x", "repositories": ["**"], "tags": ["v*", "w*"], "mode": "locked" },
                       { "name": "y", "repositories": ["**"], "tags": ["a*"], "mode": "once" }] }
            """).TagRulesOf(RepositoryName.Parse("a"))!.All.Select(rule => rule.ToString()));

    [Fact]
    public void Secrets_are_unique_and_stored_as_hashes()
    {
        var secrets = Enumerable.Range(0, 1000).Select(_ => RobotSecret.Create()).ToList();
        Assert.Equal(1000, secrets.Distinct().Count());
        Assert.All(secrets, secret => Assert.Equal(RobotSecret.Prefix.Length + 43, secret.Length));
        Assert.DoesNotContain(s_secret[RobotSecret.Prefix.Length..], RobotSecret.Hash(s_secret), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_policy_allows_everything_and_closed_nothing()
    {
        Assert.True(Policy.Open.Decide(IdentityOf("anonymous"), RepositoryName.Parse("a/b"), RepositoryActions.Admin).Allowed);
        Assert.Equal(RepositoryActions.None, Policy.Closed.ActionsOf(IdentityOf("groups=owners"), RepositoryName.Parse("a")));
    }

    [Theory]
    [InlineData("team/app", "v1", "lock")]
    [InlineData("team/app", "v1-rc", "lock")]
    [InlineData("team/app", "V1", "all of team")]
    [InlineData("team/app/web", "v1", "versions")]
    [InlineData("team/app/web", "latest", null)]
    [InlineData("other", "v1", "versions")]
    [InlineData("other", "1", null)]
    public void Strictest_rule_determines_the_mode_of_a_tag(string repository, string tag, string? rule)
    {
        var policy = Policy.Parse("""
            {
              "tags": [
                { "name": "versions", "repositories": ["**"], "tags": ["v*"], "mode": "once" },
                { "name": "all of team", "repositories": ["team/*"], "tags": ["*"], "mode": "once" },
                { "name": "lock", "repositories": ["team/*"], "tags": ["none", "v1*"], "mode": "locked" }
              ]
            }
            """);
        var rules = policy.TagRulesOf(RepositoryName.Parse(repository))!;
        Assert.True(Tag.TryParse(tag, out var parsed));
        Assert.Equal((rule, rule is not null, rule == "lock"),
            (rules.Find(parsed)?.Name, rules.IsImmutable(parsed), rules.IsLocked(parsed)));
        Assert.Equal(repository == "team/app", rules.HasLocks);
    }

    [Fact]
    public void Repositories_without_rules_on_tags_have_none()
    {
        var policy = Policy.Parse("""{ "tags": [{ "name": "x", "repositories": ["team/*"], "tags": ["*"], "mode": "once" }] }""");
        Assert.NotNull(policy.TagRulesOf(RepositoryName.Parse("team/app")));
        Assert.Null(policy.TagRulesOf(RepositoryName.Parse("team")));
        Assert.Null(Policy.Open.TagRulesOf(RepositoryName.Parse("team/app")));
    }

    [Theory]
    [InlineData("", "the policy is empty")]
    [InlineData("""{ "rules": [""", "not valid JSON")]
    [InlineData("null", "null is not allowed")]
    [InlineData("""{ "rules": [null] }""", "$.rules[0]: null")]
    [InlineData("""{ "robots": { "ci": null } }""", "$.robots.ci: null")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [null], "repositories": ["**"], "actions": ["pull"] }] }""", "subjects[0]: null")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["a//b"], "actions": ["pull"] }] }""",
        "a//b")]
    [InlineData("[]", "$: an object is expected. (line 1)")]
    [InlineData("""{ "rule": [] }""", "$.rule: a policy has no such property.")]
    [InlineData("""{ "rules": [], "rules": [] }""", "$.rules: this property is given twice.")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"] }] }""", "actions")]
    [InlineData("""{ "rules": [{ "name": "", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["pull"] }] }""",
        "name")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [], "repositories": ["**"], "actions": ["pull"] }] }""", "no subjects")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{}], "repositories": ["**"], "actions": ["pull"] }] }""",
        "a subject must be one of")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true, "robot": "x" }], "repositories": ["**"], "actions": """ +
        """["pull"] }] }""", "a subject must be one of")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "robot": "x" }], "repositories": ["**"], "actions": ["pull"] }] }""",
        "no robot 'x'")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "issuer": "x" }], "repositories": ["**"], "actions": ["pull"] }] }""",
        "no issuer 'x'")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true, "claims": { "sub": "x" } }], "repositories": """ +
        """["**"], "actions": ["pull"] }] }""", "claims")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://i", "audiences": ["a"] } }, "rules": [{ "name": "x", "subjects": """ +
        """[{ "issuer": "i" }], "repositories": ["**"], "actions": ["pull"] }] }""", "needs claims")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": [], "actions": ["pull"] }] }""",
        "no repositories")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["Team/*"], "actions": """ +
        """["pull"] }] }""", "Team/*")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": [] }] }""",
        "no actions")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["write"] }] }""",
        "unknown action 'write'")]
    [InlineData("""{ "rules": [{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["pull"] }, """ +
        """{ "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["a"], "actions": ["push"] }] }""", "two rules")]
    [InlineData("""{ "issuers": { "i": { "issuer": "http://issuer.example.com", "audiences": ["a"] } } }""", "https")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://issuer.example.com/?x=1", "audiences": ["a"] } } }""", "https")]
    [InlineData("""{ "issuers": { "i": { "issuer": "https://issuer.example.com", "audiences": [] } } }""", "audiences")]
    [InlineData("""{ "issuers": { "robot": { "issuer": "https://issuer.example.com", "audiences": ["a"] } } }""", "name for an issuer")]
    [InlineData("""{ "issuers": { "a": { "issuer": "https://i", "audiences": ["a"] }, "b": { "issuer": "https://i", "audiences": """ +
        """["b"] } } }""", "same address")]
    [InlineData("""{ "robots": { "Robot": { "secrets": [] } } }""", "name for a robot")]
    [InlineData("""{ "robots": { "r": { "secrets": [{ "hash": "password", "expires": "2027-01-01" }] } } }""", "hash")]
    [InlineData("""{ "robots": { "r": { "secrets": """ +
        """[{ "hash": "sha256:0000000000000000000000000000000000000000000000000000000000000000" }] } } }""", "expires")]
    [InlineData("""{ "robots": { "r": { "secrets": """ +
        """[{ "hash": "sha256:0000000000000000000000000000000000000000000000000000000000000000", "expires": "soon" }] } } }""", "expires")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["v*"] }] }""", "mode")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["v*"], "mode": "immutable" }] }""",
        "unknown mode 'immutable'; the modes are once, locked")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["v*"], "mode": "Once" }] }""", "unknown mode 'Once'")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": [], "mode": "once" }] }""", "rule 'x' has no tags")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": [], "tags": ["*"], "mode": "once" }] }""", "rule 'x' has no repositories")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["Team"], "tags": ["*"], "mode": "once" }] }""",
        "'Team' can match no repository")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["a/*"], "mode": "once" }] }""", "'a/*' can match no tag")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": [""], "mode": "once" }] }""", "'' can match no tag")]
    [InlineData("""{ "tags": [{ "name": "", "repositories": ["**"], "tags": ["*"], "mode": "once" }] }""", "tags: each rule needs a name")]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["*"], "mode": "once" }, { "name": "x", "repositories": """ +
        """["**"], "tags": ["*"], "mode": "locked" }] }""", "two tag rules are named 'x'")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"] }] }""", "rule 'x' has no condition")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 0 }] }""",
        "keepNewest must be a whole number from 1;")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepPushedDays": -1 }] }""",
        "keepPushedDays must be a whole number from 1 to 36500")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepPulledDays": 36501 }] }""", "keepPulledDays must be")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "untaggedDays": 0 }] }""", "untaggedDays must be")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "untaggedDays": 1.5 }] }""",
        "untaggedDays: a whole number is expected.")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "untaggedDays": "7" }] }""",
        "untaggedDays: a whole number is expected.")]
    [InlineData("""{ "robots": { "r": 5 } }""", "$.robots.r: the value has the wrong type")]
    [InlineData("""{ "rules": { } }""", "$.rules: a list is expected.")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "untaggedDays": 7, "tags": ["v*"] }] }""",
        "'tags' does not apply")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 1, "tags": [] }] }""", "rule 'x' has no tags")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 1, "tags": [null] }] }""", "tags[0]: null")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 1, "tags": ["-*"] }] }""", "'-*' can match no tag")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": [], "keepNewest": 1 }] }""", "rule 'x' has no repositories")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["a//b"], "keepNewest": 1 }] }""", "'a//b' can match no repository")]
    [InlineData("""{ "retention": [{ "name": "a\nb", "repositories": ["**"], "keepNewest": 1 }] }""", "retention: each rule needs a name")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 1 }, { "name": "x", "repositories": """ +
        """["a"], "untaggedDays": 1 }] }""", "two retention rules are named 'x'")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewer": 1 }] }""", "keepNewer")]
    public void Invalid_policy_is_refused_with_the_reason(string json, string named)
    {
        var fault = Assert.Throws<PolicyException>(() => Policy.Parse(json));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
        Assert.DoesNotMatch("Document|System|\\.NET", fault.Message);
    }

    [Theory]
    [InlineData("""{ "\ud800": 1 }""", "not valid Unicode")]
    [InlineData("""{ "$schema": "\ud800" }""", "$.$schema: the value has the wrong type or format.")]
    [InlineData("""{ "robots": { "a": { "secrets": [] }, "\u0061": { "secrets": [] } } }""", "this property is given twice.")]
    [InlineData("""{ "issuers": { "a.b": { "issuer": 5, "audiences": [] } } }""", "$.issuers['a.b'].issuer: the value has the wrong type")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 1e999 }] }""",
        "keepNewest: a whole number is expected.")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 99999999999999999999 }] }""",
        "keepNewest: a whole number is expected.")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "KeepNewest": 1 }] }""", "a policy has no such property.")]
    [InlineData("""{ "rules": [] } {}""", "not valid JSON")]
    [InlineData("""{ "rules": [], , }""", "not valid JSON")]
    [InlineData("""{ "rules": [] /* }""", "not valid JSON")]
    [InlineData("\"rules\"", "$: an object is expected.")]
    [InlineData("5", "$: an object is expected.")]
    [InlineData("{ \"rules\": [] }\0", "not valid JSON")]
    public void Hostile_policy_is_refused(string json, string named) =>
        Assert.Contains(named, Assert.Throws<PolicyException>(() => Policy.Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Deeply_nested_policy_is_refused() => Assert.Contains(
        "not valid JSON",
        Assert.Throws<PolicyException>(() => Policy.Parse($$"""{ "rules": {{new string('[', 100_000)}}""")).Message,
        StringComparison.Ordinal);

    static Identity IdentityOf(string who)
    {
        if (who == "anonymous") return new Identity.Anonymous();
        if (!who.Contains('=', StringComparison.Ordinal)) return s_policy.FindRobot(who, s_secret, s_june)!;
        var claims = who.Split(' ').Select(pair => pair.Split('='))
            .GroupBy(pair => pair[0], pair => pair[1]).ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]);
        return new Identity.Federated("ci", "https://ci.example.com", "somebody", claims, ["registry.example.com"]);
    }
}
