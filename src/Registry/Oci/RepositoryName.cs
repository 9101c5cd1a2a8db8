using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Registry.Oci;

/// <summary>The name of a repository, such as <c>library/alpine</c>: lowercase path components, at most 255 characters.</summary>
/// <remarks>Distribution spec, "Pulling manifests": the grammar of <c>&lt;name&gt;</c>.</remarks>
public sealed partial record RepositoryName
{
    /// <summary>Longer names break clients, whose limit includes the registry's host (distribution spec, same section).</summary>
    public const int MaxLength = 255;

    public const string Grammar =
        "lowercase letters and digits, separated by one '.', one or two '_' or any number of '-', in components divided by '/', " +
        "255 characters at most";

    RepositoryName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out RepositoryName? name)
    {
        name = text is { Length: <= MaxLength } && Pattern().IsMatch(text) ? new RepositoryName(text) : null;
        return name is not null;
    }

    /// <summary>Parses a name that the registry itself wrote; for input of clients use <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">The text is not the name of a repository.</exception>
    public static RepositoryName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not the name of a repository.");

    public override string ToString() => Value;

    // Every separator is followed by an alphanumeric character, so the pattern backtracks at most one character on any input.
    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
