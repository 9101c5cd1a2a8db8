using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Infra;

/// <summary>The policy's schema and Bicep type agree with what the registry reads.</summary>
public class PolicyTypesTests(CompiledTemplate template) : IClassFixture<CompiledTemplate>
{
    static readonly JsonNode s_schema =
        JsonNode.Parse(File.ReadAllText(Path.Combine(SourceTree.Root,
            "src", "Registry", "Policies", "registry.policy.schema.json")))!;

    [Theory]
    [InlineData(typeof(PolicyDocument), null)]
    [InlineData(typeof(IssuerDocument), "issuer")]
    [InlineData(typeof(RobotDocument), "robot")]
    [InlineData(typeof(SecretDocument), "secret")]
    [InlineData(typeof(RuleDocument), "rule")]
    [InlineData(typeof(SubjectDocument), "subject")]
    [InlineData(typeof(TagRuleDocument), "tagRule")]
    [InlineData(typeof(RetentionRuleDocument), "retentionRule")]
    public void Schema_has_and_describes_the_properties_of_the_code(Type document, string? definition)
    {
        var schema = definition is null ? s_schema : s_schema["$defs"]![definition]!;
        Assert.Equal(NamesOf(document), schema["properties"]!.AsObject().Select(property => property.Key));
        Assert.Equal(RequiredOf(document), (schema["required"]?.AsArray() ?? []).Select(name => (string)name!));
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.All(schema["properties"]!.AsObject(), property => Assert.NotEqual("", (string)property.Value!["description"]!));
    }

    [Theory]
    [InlineData(typeof(PolicyDocument), "policyDocument")]
    [InlineData(typeof(IssuerDocument), "policyIssuer")]
    [InlineData(typeof(RobotDocument), "policyRobot")]
    [InlineData(typeof(SecretDocument), "policySecret")]
    [InlineData(typeof(RuleDocument), "policyRule")]
    [InlineData(typeof(SubjectDocument), "policySubject")]
    [InlineData(typeof(TagRuleDocument), "policyTagRule")]
    [InlineData(typeof(RetentionRuleDocument), "policyRetentionRule")]
    public void Bicep_type_has_the_properties_of_the_code(Type document, string name)
    {
        var type = TypeOf(name);
        var properties = type["properties"]!.AsObject();
        Assert.Equal(NamesOf(document), properties.Select(property => property.Key));
        Assert.Equal(RequiredOf(document), properties.Where(property => (bool?)property.Value!["nullable"] is not true)
            .Select(property => property.Key));
        Assert.False((bool)type["additionalProperties"]!);
    }

    [Fact]
    public void Schema_and_bicep_have_all_actions()
    {
        Assert.Equal(RepositoryActionNames.All.Keys, Words(s_schema["$defs"]!["rule"]!["properties"]!["actions"]!["items"]!["enum"]!));
        Assert.Equal(RepositoryActionNames.All.Keys.Order(), Words(TypeOf("policyAction")["allowedValues"]!).Order());
    }

    [Fact]
    public void Schema_and_bicep_have_all_modes_of_tag_rules()
    {
        Assert.Equal(TagModeNames.All.Keys, Words(s_schema["$defs"]!["tagRule"]!["properties"]!["mode"]!["enum"]!));
        Assert.Equal(TagModeNames.All.Keys.Order(), Words(TypeOf("policyTagMode")["allowedValues"]!).Order());
    }

    static IEnumerable<string> Words(JsonNode list) => list.AsArray().Select(word => (string)word!);

    /// <summary>Minimum and maximum of a number, in all three.</summary>
    [Theory]
    [InlineData("keepNewest", 1, int.MaxValue)]
    [InlineData("keepPushedDays", 1, 36_500)]
    [InlineData("keepPulledDays", 1, 36_500)]
    [InlineData("untaggedDays", 1, 36_500)]
    public void Schema_bicep_and_code_have_the_same_limits(string property, int least, int most)
    {
        var schema = s_schema["$defs"]!["retentionRule"]!["properties"]![property]!;
        Assert.Equal(("integer", least, most), ((string)schema["type"]!, (int)schema["minimum"]!, (int)schema["maximum"]!));
        var type = TypeOf("policyRetentionRule")["properties"]![property]!;
        Assert.Equal(("int", least, most), ((string)type["type"]!, (int)type["minValue"]!, (int?)type["maxValue"] ?? int.MaxValue));
        Assert.True(IsAccepted(Retaining(property, least)) && IsAccepted(Retaining(property, most)));
        Assert.False(IsAccepted(Retaining(property, least - 1L)) || IsAccepted(Retaining(property, most + 1L)));

        static string Retaining(string property, long number) => new JsonObject
        {
            ["retention"] = new JsonArray(new JsonObject { ["name"] = "x", ["repositories"] = new JsonArray("**"), [property] = number }),
        }.ToJsonString();
    }

    [Theory]
    [InlineData("robots", "builder")]
    [InlineData("robots", "a.b_c__d---e")]
    [InlineData("robots", "team/builder")]
    [InlineData("robots", "Builder")]
    [InlineData("robots", "builder-")]
    [InlineData("issuers", "GitHub Actions")]
    [InlineData("issuers", "robot")]
    [InlineData("issuers", "robots")]
    [InlineData("issuers", "anonymous")]
    [InlineData("issuers", "a:b")]
    [InlineData("issuers", "")]
    [InlineData("issuer", "https://token.actions.githubusercontent.com")]
    [InlineData("issuer", "https://login.microsoftonline.com/tenant/v2.0")]
    [InlineData("issuer", "http://localhost:8080/realms/x")]
    [InlineData("issuer", "http://127.0.0.1:8080")]
    [InlineData("issuer", "http://[::1]:8080")]
    [InlineData("issuer", "http://issuer.example.com")]
    [InlineData("issuer", "https://issuer.example.com/?x=1")]
    [InlineData("issuer", "https://issuer.example.com/#x")]
    [InlineData("issuer", "issuer.example.com")]
    [InlineData("audience", "registry.example.com")]
    [InlineData("audience", " ")]
    [InlineData("jwks host", "www.googleapis.com")]
    [InlineData("jwks host", "keys.example.com:8443")]
    [InlineData("jwks host", "10.0.0.1:6443")]
    [InlineData("jwks host", "https://www.googleapis.com")]
    [InlineData("jwks host", "www.googleapis.com/oauth2")]
    [InlineData("jwks host", "user@www.googleapis.com")]
    [InlineData("jwks host", "WWW.googleapis.com")]
    [InlineData("jwks host", "*.googleapis.com")]
    [InlineData("jwks host", "")]
    [InlineData("hash", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("hash", "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("hash", "sha256:0123456789abcdef")]
    [InlineData("expires", "2030-12-31")]
    [InlineData("expires", "31.12.2030")]
    [InlineData("name", "Anyone pulls: café")]
    [InlineData("name", "two\nlines")]
    [InlineData("name", "")]
    [InlineData("repository", "**")]
    [InlineData("repository", "a")]
    [InlineData("repository", "team-*/app_*/**")]
    [InlineData("repository", "/a")]
    [InlineData("repository", "a/")]
    [InlineData("repository", "/")]
    [InlineData("repository", "A")]
    [InlineData("repository", "")]
    [InlineData("tagged repository", "team-*/app_*/**")]
    [InlineData("tagged repository", "a/")]
    [InlineData("retained repository", "team-*/app_*/**")]
    [InlineData("retained repository", "a/")]
    [InlineData("tag rule", "releases: café")]
    [InlineData("tag rule", "two\nlines")]
    [InlineData("retention rule", "releases: café")]
    [InlineData("retention rule", "")]
    [InlineData("tag", "*")]
    [InlineData("tag", "v*.*")]
    [InlineData("tag", "_A-b.9")]
    [InlineData("tag", ".a")]
    [InlineData("tag", "-*")]
    [InlineData("tag", "a/b")]
    [InlineData("tag", "a:b")]
    [InlineData("tag", "v1 ")]
    [InlineData("tag", "é")]
    [InlineData("tag", "")]
    [InlineData("retained tag", "pr-*")]
    [InlineData("retained tag", ".*")]
    public void Pattern_in_the_schema_accepts_what_the_registry_accepts(string place, string text)
    {
        var definitions = s_schema["$defs"]!;
        var (pattern, policy) = place switch
        {
            "robots" => (s_schema["properties"]!["robots"]!["propertyNames"]!, With(robot: text)),
            "issuers" => (s_schema["properties"]!["issuers"]!["propertyNames"]!, With(issuerName: text)),
            "issuer" => (definitions["issuer"]!["properties"]!["issuer"]!, With(issuer: text)),
            "audience" => (definitions["issuer"]!["properties"]!["audiences"]!["items"]!, With(audience: text)),
            "jwks host" => (definitions["issuer"]!["properties"]!["jwksHosts"]!["items"]!, With(jwksHost: text)),
            "hash" => (definitions["secret"]!["properties"]!["hash"]!, With(hash: text)),
            "expires" => (definitions["secret"]!["properties"]!["expires"]!, With(expires: text)),
            "name" => (definitions["rule"]!["properties"]!["name"]!, With(rule: text)),
            "repository" => (definitions["rule"]!["properties"]!["repositories"]!["items"]!, With(repository: text)),
            "tag rule" => (definitions["tagRule"]!["properties"]!["name"]!, With(tagRule: text)),
            "tagged repository" => (definitions["tagRule"]!["properties"]!["repositories"]!["items"]!, With(taggedRepository: text)),
            "tag" => (definitions["tagRule"]!["properties"]!["tags"]!["items"]!, With(tag: text)),
            "retention rule" => (definitions["retentionRule"]!["properties"]!["name"]!, With(retentionRule: text)),
            "retained repository" => (definitions["retentionRule"]!["properties"]!["repositories"]!["items"]!,
                With(retainedRepository: text)),
            "retained tag" => (definitions["retentionRule"]!["properties"]!["tags"]!["items"]!, With(retainedTag: text)),
            _ => throw new ArgumentOutOfRangeException(nameof(place)),
        };
        // Schemas use the regular expressions of JavaScript.
        Assert.Equal(IsAccepted(policy), Regex.IsMatch(text, (string)pattern["pattern"]!, RegexOptions.ECMAScript));
    }

    static string With(
        string robot = "builder",
        string hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000",
        string expires = "2030-01-01",
        string issuerName = "github",
        string issuer = "https://issuer.example.com",
        string audience = "registry.example.com",
        string jwksHost = "keys.example.com",
        string rule = "all",
        string repository = "**",
        string tagRule = "all",
        string taggedRepository = "**",
        string tag = "v*",
        string retentionRule = "all",
        string retainedRepository = "**",
        string retainedTag = "v*") =>
        new JsonObject
        {
            ["robots"] = new JsonObject
            {
                [robot] = new JsonObject { ["secrets"] = new JsonArray(new JsonObject { ["hash"] = hash, ["expires"] = expires }) }
            },
            ["issuers"] = new JsonObject
            {
                [issuerName] = new JsonObject
                {
                    ["issuer"] = issuer,
                    ["audiences"] = new JsonArray(audience),
                    ["jwksHosts"] = new JsonArray(jwksHost),
                },
            },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["name"] = rule,
                ["subjects"] = new JsonArray(new JsonObject { ["anonymous"] = true }),
                ["repositories"] = new JsonArray(repository),
                ["actions"] = new JsonArray("pull"),
            }),
            ["tags"] = new JsonArray(new JsonObject
            {
                ["name"] = tagRule,
                ["repositories"] = new JsonArray(taggedRepository),
                ["tags"] = new JsonArray(tag),
                ["mode"] = "once",
            }),
            ["retention"] = new JsonArray(new JsonObject
            {
                ["name"] = retentionRule,
                ["repositories"] = new JsonArray(retainedRepository),
                ["tags"] = new JsonArray(retainedTag),
                ["keepNewest"] = 10,
            }),
        }.ToJsonString();

    static bool IsAccepted(string policy)
    {
        try
        {
            Policy.Parse(policy);
            return true;
        }
        catch (PolicyException)
        {
            return false;
        }
    }

    /// <summary>Imported types have a numeric prefix.</summary>
    JsonNode TypeOf(string name) => template.Root["definitions"]!.AsObject().Single(type => type.Key.Split('.')[^1] == name).Value!;

    static IEnumerable<string> NamesOf(Type document) => PropertiesOf(document).Select(property => property.Name);

    static IEnumerable<string> RequiredOf(Type document) => PropertiesOf(document)
        .Where(property => property.IsRequired).Select(property => property.Name);

    static IList<JsonPropertyInfo> PropertiesOf(Type document) => PolicyJson.Default.GetTypeInfo(document)!.Properties;
}
