using System.Text.RegularExpressions;

namespace Registry.Policies;

/// <summary>
/// A pattern in a policy: <c>*</c> matches any characters except <c>/</c>, <c>**</c> matches any characters, and everything else
/// matches itself.
/// </summary>
public sealed class Pattern
{
    readonly Regex _regex;

    public Pattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
        var star = text.IndexOf('*', StringComparison.Ordinal);
        Prefix = star < 0 ? text : text[..star];
        var body = string.Join(".*", text.Split("**").Select(part => string.Join("[^/]*", part.Split('*').Select(Regex.Escape))));
        // No backtracking: callers choose the text of claims, and must not be able to make matching slow.
        _regex = new Regex($@"\A(?:{body})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    public string Text { get; }

    /// <summary>Literal text before the first <c>*</c>: everything that matches begins with it.</summary>
    public string Prefix { get; }

    public bool Matches(string text) => _regex.IsMatch(text);

    /// <remarks>Allocates nothing, because it runs on every request.</remarks>
    internal static bool AnyMatches(Pattern[] patterns, string text)
    {
        foreach (var pattern in patterns)
            if (pattern.Matches(text)) return true;
        return false;
    }

    public override string ToString() => Text;
}
