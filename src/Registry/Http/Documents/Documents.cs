using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>The documents that the registry answers with.</summary>
[JsonSerializable(typeof(ReferrersIndex))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(Catalog))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(DeletedList))]
[JsonSerializable(typeof(RestoredReference))]
[JsonSerializable(typeof(DeletePreview))]
[JsonSerializable(typeof(TagDetailsList))]
[JsonSerializable(typeof(UsageList))]
public sealed partial class Documents : JsonSerializerContext
{
    /// <summary>Writes <c>+json</c> as it is: these documents are read by programs and never stand inside a page.</summary>
    public static Documents Plain { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
