using System.Text.Json.Serialization;

namespace Registry.Policies;

/// <summary>The authenticated identity of a request.</summary>
[JsonDerivedType(typeof(Anonymous), "anonymous")]
[JsonDerivedType(typeof(Robot), "robot")]
[JsonDerivedType(typeof(Federated), "federated")]
public abstract record Identity
{
    Identity()
    {
    }

    /// <summary>The name in messages, in <c>policy test</c> and in the audit log.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>A request without credentials.</summary>
    public sealed record Anonymous : Identity
    {
        public override string Name => "anonymous";
    }

    /// <summary>A robot of the policy.</summary>
    /// <param name="Account">Name of the robot.</param>
    /// <param name="SecretHash">Hash of the secret that was sent. Removing it from the policy revokes the tokens issued for it.</param>
    public sealed record Robot(string Account, string SecretHash) : Identity
    {
        public override string Name => $"robot:{Account}";
    }

    /// <summary>An identity from a token of a trusted issuer.</summary>
    /// <param name="Issuer">Name of the issuer in the policy.</param>
    /// <param name="Address">Address of the issuer: if the name is given to another issuer, earlier identities become invalid.</param>
    /// <param name="Subject">The claim <c>sub</c>.</param>
    /// <param name="Claims">The claims that rules use, each with its values.</param>
    /// <param name="Audiences">
    /// The claim <c>aud</c>. A registry with another audience on the same storage account can read this registry's tokens, and must
    /// not recognize them.
    /// </param>
    public sealed record Federated(
        string Issuer,
        string Address,
        string Subject,
        IReadOnlyDictionary<string, IReadOnlyList<string>> Claims,
        IReadOnlyList<string> Audiences) : Identity
    {
        public override string Name => $"{Issuer}:{Subject}";
    }
}
