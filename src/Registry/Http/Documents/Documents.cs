using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>JSON serialization of the registry's responses.</summary>
[JsonSerializable(typeof(ReferrersIndex))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(Catalog))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(DeletedList))]
[JsonSerializable(typeof(RestoredReference))]
[JsonSerializable(typeof(DeletePreview))]
[JsonSerializable(typeof(DeletedContent))]
[JsonSerializable(typeof(TagDetailsList))]
[JsonSerializable(typeof(UsageList))]
public sealed partial class Documents : JsonSerializerContext
{
    /// <summary>Does not escape the <c>+</c> of <c>+json</c>: programs read these documents, which are never embedded in HTML.</summary>
    public static Documents Plain { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
