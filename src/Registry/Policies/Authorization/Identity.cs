using System.Text.Json.Serialization;

namespace Registry.Policies;

/// <summary>Who sends a request, as far as it is proved.</summary>
[JsonDerivedType(typeof(Anonymous), "anonymous")]
[JsonDerivedType(typeof(Robot), "robot")]
[JsonDerivedType(typeof(Federated), "federated")]
public abstract record Identity
{
    Identity()
    {
    }

    /// <summary>How messages, tests of a policy and the audit log name it.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>Nobody in particular.</summary>
    public sealed record Anonymous : Identity
    {
        public override string Name => "anonymous";
    }

    /// <summary>A robot of the policy.</summary>
    /// <param name="Account">Its name there.</param>
    /// <param name="SecretHash">The secret that it showed, as the policy has it: when that goes, so does what was granted for it.</param>
    public sealed record Robot(string Account, string SecretHash) : Identity
    {
        public override string Name => $"robot:{Account}";
    }

    /// <summary>Whom an issuer that the policy trusts vouches for.</summary>
    /// <param name="Issuer">The issuer's name in the policy.</param>
    /// <param name="Address">Its address, so that nobody inherits the name.</param>
    /// <param name="Subject">The claim <c>sub</c>.</param>
    /// <param name="Claims">Those that rules ask for, each with its values.</param>
    public sealed record Federated(
        string Issuer, string Address, string Subject, IReadOnlyDictionary<string, IReadOnlyList<string>> Claims) : Identity
    {
        public override string Name => $"{Issuer}:{Subject}";
    }
}
