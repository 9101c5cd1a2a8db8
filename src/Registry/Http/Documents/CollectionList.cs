using System.Text.Json.Serialization;
using Registry.GarbageCollection;

namespace Registry.Http;

/// <summary>Answer of the list of passes, newest first.</summary>
public sealed record CollectionList(IReadOnlyList<CollectionReport> Collections);

/// <summary>Names and text as in the reports that the collector itself writes (<see cref="CollectionJson"/>).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CollectionList))]
sealed partial class CollectionDocuments : JsonSerializerContext;
