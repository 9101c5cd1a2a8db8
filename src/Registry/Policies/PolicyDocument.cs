using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Policies;

/// <summary>The JSON document of a policy, <c>registry.policy.json</c>. <see cref="Policy"/> is the validated form.</summary>
/// <remarks>Properties have setters, because the generated JSON reader ignores the default values of init properties.</remarks>
public sealed record PolicyDocument
{
    /// <summary>Address of the JSON schema, for editors.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Trusted token issuers, by the names that rules use.</summary>
    public IReadOnlyDictionary<string, IssuerDocument> Issuers { get; set; } = new Dictionary<string, IssuerDocument>();

    /// <summary>Robot accounts with secrets, by name.</summary>
    public IReadOnlyDictionary<string, RobotDocument> Robots { get; set; } = new Dictionary<string, RobotDocument>();

    /// <summary>Authorization rules. What no rule allows is denied.</summary>
    public IReadOnlyList<RuleDocument> Rules { get; set; } = [];

    /// <summary>Rules for immutable tags.</summary>
    public IReadOnlyList<TagRuleDocument> Tags { get; set; } = [];

    /// <summary>Retention rules. What no rule applies to is kept.</summary>
    public IReadOnlyList<RetentionRuleDocument> Retention { get; set; } = [];

    /// <summary>Patterns of repositories that accept manifests although content that they reference is missing.</summary>
    public IReadOnlyList<string> SparseManifests { get; set; } = [];
}

/// <summary>An OpenID Connect issuer.</summary>
/// <param name="Issuer">Address of the issuer: equals the claim <c>iss</c> of its tokens; its discovery document is below it.</param>
/// <param name="Audiences">Accepted values of <c>aud</c>; a token must have one of them, so that it was issued for this registry.</param>
public sealed record IssuerDocument(Uri Issuer, IReadOnlyList<string> Audiences)
{
    /// <summary>Further hosts on which its discovery document may locate its keys; null for the issuer's own host alone.</summary>
    public IReadOnlyList<string>? JwksHosts { get; set; }
}

/// <summary>A robot account.</summary>
/// <param name="Secrets">Its secrets: several during a rotation; none to lock the account.</param>
public sealed record RobotDocument(IReadOnlyList<SecretDocument> Secrets);

/// <summary>Hash of a secret.</summary>
/// <param name="Hash">The hash as <see cref="RobotSecret.Hash"/> formats it.</param>
/// <param name="Expires">First day (UTC) on which the secret is no longer accepted.</param>
public sealed record SecretDocument(string Hash, DateOnly Expires);

/// <summary>An authorization rule: every subject may take all of the actions in all of the repositories.</summary>
public sealed record RuleDocument(
    string Name, IReadOnlyList<SubjectDocument> Subjects, IReadOnlyList<string> Repositories, IReadOnlyList<string> Actions);

/// <summary>Subject of a rule: exactly one of anonymous, robot and issuer is set.</summary>
public sealed record SubjectDocument
{
    /// <summary>Matches every request, with or without credentials.</summary>
    public bool Anonymous { get; set; }

    /// <summary>Name of a robot.</summary>
    public string? Robot { get; set; }

    /// <summary>Name of an issuer.</summary>
    public string? Issuer { get; set; }

    /// <summary>Required claims of the issuer's tokens: one value of each must match the pattern.</summary>
    public IReadOnlyDictionary<string, string>? Claims { get; set; }
}

/// <summary>A rule that makes tags immutable once they exist.</summary>
public sealed record TagRuleDocument(string Name, IReadOnlyList<string> Repositories, IReadOnlyList<string> Tags, string Mode);

/// <summary>
/// A retention rule. A tag to which rules apply is kept while any of their conditions holds. At least one number is required.
/// </summary>
public sealed record RetentionRuleDocument(string Name, IReadOnlyList<string> Repositories)
{
    /// <summary>Patterns of tags; null for all tags.</summary>
    public IReadOnlyList<string>? Tags { get; set; }

    /// <summary>Number of tags to keep: those pushed last.</summary>
    public int? KeepNewest { get; set; }

    /// <summary>Keeps tags that were pushed within this many days.</summary>
    public int? KeepPushedDays { get; set; }

    /// <summary>Keeps tags and manifests that were pulled within this many days.</summary>
    public int? KeepPulledDays { get; set; }

    /// <summary>Deletes manifests that have had no tag and no use for this many days.</summary>
    public int? UntaggedDays { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(PolicyDocument))]
public sealed partial class PolicyJson : JsonSerializerContext;
