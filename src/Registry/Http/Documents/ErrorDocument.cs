using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Body of an error response (distribution spec, "Error Codes").</summary>
public sealed record ErrorDocument([property: JsonPropertyName("errors")] IReadOnlyList<ErrorEntry> Errors);

/// <summary>One error: a code of the spec and a message for people.</summary>
public sealed record ErrorEntry(
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("message")] string Message);
