using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>An answer that says what went wrong (distribution spec, "Error Codes").</summary>
public sealed record ErrorDocument([property: JsonPropertyName("errors")] IReadOnlyList<ErrorEntry> Errors);

/// <summary>One thing that went wrong: a code of the spec and a message for people.</summary>
public sealed record ErrorEntry(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message);
