using System.Text.RegularExpressions;

namespace Registry.Policies;

/// <summary>
/// A pattern of a policy: <c>*</c> stands for any characters but <c>/</c>, <c>**</c> for any characters, everything else for
/// itself.
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
        // No backtracking: whoever writes a claim must not be able to make matching it slow.
        _regex = new Regex($@"\A(?:{body})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    public string Text { get; }

    /// <summary>What all that it matches begins with.</summary>
    public string Prefix { get; }

    public bool Matches(string text) => _regex.IsMatch(text);

    /// <remarks>Without anything that allocates: it is asked on every request.</remarks>
    internal static bool AnyMatches(Pattern[] patterns, string text)
    {
        foreach (var pattern in patterns)
            if (pattern.Matches(text)) return true;
        return false;
    }

    public override string ToString() => Text;
}
