using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Registry.Access;

/// <summary>The credentials of a request.</summary>
public abstract record Credentials
{
    /// <summary>Longest Authorization header that is accepted, in characters.</summary>
    const int MaxLength = 24 * 1024;

    Credentials()
    {
    }

    /// <summary>The request has no credentials.</summary>
    public sealed record None : Credentials
    {
        public static None Instance { get; } = new();
    }

    /// <summary>The Authorization header is invalid or has an unsupported scheme.</summary>
    public sealed record Malformed : Credentials;

    /// <summary>From Basic authentication (RFC 7617) or the password grant: the secret of a robot, or a token in place of one.</summary>
    public sealed record Password(string User, string Secret) : Credentials
    {
        public override string ToString() => $"Password of {User}";
    }

    /// <summary>A bearer token (RFC 6750): the registry's own, or an issuer's.</summary>
    public sealed record Token(string Text) : Credentials
    {
        public override string ToString() => "Token";
    }

    /// <summary>Parses the Authorization header.</summary>
    public static Credentials Parse(StringValues header)
    {
        if (header.Count == 0) return None.Instance;
        // Two headers are refused, because a proxy in front might use the other one.
        if (header is not [{ Length: > 0 and <= MaxLength } text]
            || !AuthenticationHeaderValue.TryParse(text, out var value)
            || value.Parameter is not { Length: > 0 } parameter)
        {
            return new Malformed();
        }
        if (value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return new Token(parameter);
        if (!value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return new Malformed();
        var bytes = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, bytes, out var length)) return new Malformed();
        var pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return pair is [var user, { Length: > 0 } secret] ? new Password(user, secret) : new Malformed();
    }
}
