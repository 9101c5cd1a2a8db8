using System.Text.Json.Serialization;
using Registry.GarbageCollection;

namespace Registry.Http;

/// <summary>Response of the list of the collector's passes, newest first.</summary>
public sealed record CollectionList(IReadOnlyList<CollectionReport> Collections);

/// <summary>Serializes names and text as in the reports that the collector stores (<see cref="CollectionJson"/>).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CollectionList))]
sealed partial class CollectionDocuments : JsonSerializerContext;
