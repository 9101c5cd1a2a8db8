using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Policies;

/// <summary>A policy as it is written: <c>registry.policy.json</c>. <see cref="Policy"/> is what it means.</summary>
/// <remarks>With setters that can be left out: generated readers pass over the defaults of init properties.</remarks>
public sealed record PolicyDocument
{
    /// <summary>For editors.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; set; }

    /// <summary>Whose tokens are believed, by names for the rules.</summary>
    public IReadOnlyDictionary<string, IssuerDocument> Issuers { get; set; } = new Dictionary<string, IssuerDocument>();

    /// <summary>Accounts with secrets, by name.</summary>
    public IReadOnlyDictionary<string, RobotDocument> Robots { get; set; } = new Dictionary<string, RobotDocument>();

    /// <summary>Who may do what; whatever no rule allows is denied.</summary>
    public IReadOnlyList<RuleDocument> Rules { get; set; } = [];

    /// <summary>Which tags stay as they were pushed.</summary>
    public IReadOnlyList<TagRuleDocument> Tags { get; set; } = [];

    /// <summary>What is removed in time; whatever no rule is about is kept.</summary>
    public IReadOnlyList<RetentionRuleDocument> Retention { get; set; } = [];
}

/// <summary>An OpenID Connect issuer.</summary>
/// <param name="Issuer">Its address: the claim <c>iss</c> of its tokens, below which its discovery document lies.</param>
/// <param name="Audiences">What the claim <c>aud</c> must hold one of: the tokens that were made for this registry.</param>
public sealed record IssuerDocument(Uri Issuer, IReadOnlyList<string> Audiences);

/// <summary>An account with secrets of its own.</summary>
/// <param name="Secrets">Several while one replaces the other; none locks it out.</param>
public sealed record RobotDocument(IReadOnlyList<SecretDocument> Secrets);

/// <summary>A secret's hash.</summary>
/// <param name="Hash">As <see cref="RobotSecret.Hash"/> makes it.</param>
/// <param name="Expires">The first day (UTC) on which it is not accepted.</param>
public sealed record SecretDocument(string Hash, DateOnly Expires);

/// <summary>A rule: whoever is one of the subjects may do the actions in the repositories.</summary>
public sealed record RuleDocument(
    string Name, IReadOnlyList<SubjectDocument> Subjects, IReadOnlyList<string> Repositories, IReadOnlyList<string> Actions);

/// <summary>Whom a rule is for: exactly one of anonymous, robot and issuer.</summary>
public sealed record SubjectDocument
{
    /// <summary>Everybody, with or without credentials.</summary>
    public bool Anonymous { get; set; }

    /// <summary>A robot's name.</summary>
    public string? Robot { get; set; }

    /// <summary>An issuer's name.</summary>
    public string? Issuer { get; set; }

    /// <summary>Claims of the issuer's tokens, each with the pattern that one of its values must match.</summary>
    public IReadOnlyDictionary<string, string>? Claims { get; set; }
}

/// <summary>A rule on tags: what of those with such names nobody may do, once they exist.</summary>
public sealed record TagRuleDocument(string Name, IReadOnlyList<string> Repositories, IReadOnlyList<string> Tags, string Mode);

/// <summary>
/// A rule of retention. A tag that rules are about is kept while any of their conditions holds; one of the numbers must be there.
/// </summary>
public sealed record RetentionRuleDocument(string Name, IReadOnlyList<string> Repositories)
{
    /// <summary>Patterns of tags; all of them when left out.</summary>
    public IReadOnlyList<string>? Tags { get; set; }

    /// <summary>Keep as many of the tags, those pushed last.</summary>
    public int? KeepNewest { get; set; }

    /// <summary>Keep tags that were pushed within as many days.</summary>
    public int? KeepPushedDays { get; set; }

    /// <summary>Keep what was pulled within as many days.</summary>
    public int? KeepPulledDays { get; set; }

    /// <summary>Remove manifests that have been without a tag, and unused, for as many days.</summary>
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
