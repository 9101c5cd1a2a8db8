using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Registry.Oci;

/// <summary>A tag, such as <c>1.2.3</c>: a name in a repository that points to one manifest and can be moved.</summary>
/// <remarks>Distribution spec, "Pulling manifests": the grammar of <c>&lt;reference&gt;</c> as a tag.</remarks>
public sealed partial record Tag
{
    public const string Grammar = "a letter, digit or '_', then up to 127 letters, digits, '.', '_' or '-'";

    Tag(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out Tag? tag)
    {
        tag = text is not null && Pattern().IsMatch(text) ? new Tag(text) : null;
        return tag is not null;
    }

    public override string ToString() => Value;

    [GeneratedRegex(@"\A[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
