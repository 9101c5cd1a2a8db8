using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Registry.Oci;

/// <summary>
/// Finds every digest in a manifest of a media type that the registry does not know. It cannot tell which fields reference content, so
/// all of them do: what is stored must not lose its content to the collector.
/// </summary>
sealed partial class DigestScan
{
    readonly HashSet<Digest> _found = [];

    public IEnumerable<ManifestReference> References => _found.Select(digest => new ManifestReference(digest, ReferenceKind.Optional));

    /// <summary>Adds the digests in all names and strings of a JSON value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="except">Name of a property to skip, if the value is an object.</param>
    public void Add(JsonElement value, string? except = null)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                Add(value.GetString());
                break;
            case JsonValueKind.Array:
                foreach (var element in value.EnumerateArray()) Add(element);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    if (property.Name == except) continue;
                    Add(property.Name);
                    Add(property.Value);
                }
                break;
        }
    }

    /// <summary>Adds the digests in content of any other format.</summary>
    public void Add(ReadOnlySpan<byte> content) => Add(Encoding.Latin1.GetString(content));

    void Add(ReadOnlySpan<char> text)
    {
        foreach (var match in Pattern().EnumerateMatches(text))
            if (Digest.TryParse(text.Slice(match.Index, match.Length).ToString(), out var digest)) _found.Add(digest);
    }

    [GeneratedRegex("(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})(?![0-9a-f])", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
