using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Integrity;

/// <summary>What can be wrong with a registry's rows and objects.</summary>
[JsonConverter(typeof(FindingKindConverter))]
public enum FindingKind
{
    /// <summary>A tag points to a missing manifest.</summary>
    TagDangling,

    /// <summary>The type or size in a tag's row is not that of its manifest.</summary>
    TagColumns,

    /// <summary>A tag is missing from the list of its manifest's tags.</summary>
    TagIndexMissing,

    /// <summary>A tag in the list of a manifest's tags points to another manifest.</summary>
    TagIndexStale,

    /// <summary>A tag in the list of a manifest's tags does not exist.</summary>
    TagMissing,

    /// <summary>The bytes of a manifest are missing, or do not match its digest.</summary>
    ManifestBody,

    /// <summary>The columns of a manifest's row do not match its bytes.</summary>
    ManifestColumns,

    /// <summary>The size in a descriptor is not that of the content.</summary>
    DescriptorSize,

    /// <summary>A child of an index is missing: a client may have deleted it.</summary>
    ChildMissing,

    /// <summary>A manifest references a blob that is stored, but that its repository does not link.</summary>
    LinkMissing,

    /// <summary>A manifest references a blob that is no longer stored.</summary>
    BlobMissing,

    /// <summary>A manifest has a subject, but is missing from its referrers.</summary>
    ReferrerMissing,

    /// <summary>The row of a referrer does not match its manifest.</summary>
    ReferrerWrong,

    /// <summary>The manifest of a referrer is missing, or has another subject.</summary>
    ReferrerOrphaned,

    /// <summary>A repository with manifests is missing from the catalog.</summary>
    CatalogMissing,

    /// <summary>A link names no object, or another one than the content row.</summary>
    LinkObject,

    /// <summary>A repository links content without being its owner, so that a collector could delete the content.</summary>
    OwnerMissing,

    /// <summary>A repository links content without a content row that names an existing object.</summary>
    ContentMissing,

    /// <summary>The object that a content row names is missing.</summary>
    ObjectMissing,

    /// <summary>The length of an object is not that in its content row.</summary>
    ObjectLength,

    /// <summary>The bytes of an object do not match its digest.</summary>
    ObjectCorrupt,

    /// <summary>A deleted manifest cannot be restored, because a blob that it references was deleted.</summary>
    UndoIncomplete,

    /// <summary>A row or name that the registry cannot have written, or a manifest that cannot be parsed.</summary>
    RowUnreadable,
}

/// <summary>State of a finding.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingState>))]
public enum FindingState
{
    Found,
    Repaired,

    /// <summary>It could not be repaired.</summary>
    Left,
}

/// <summary>A fault that a check has found in a registry.</summary>
/// <param name="Kind">Kind of the fault.</param>
/// <param name="Repository">Its repository; null for content, which repositories share.</param>
/// <param name="Row">Key of the row, or name of the object.</param>
/// <param name="Message">Description of the fault.</param>
/// <param name="Repair">What a repair does; null when it cannot be repaired.</param>
/// <param name="Advice">What an administrator can do where it cannot be repaired.</param>
/// <param name="IsWarning">Whether it may be intended.</param>
/// <param name="State">Whether it was repaired.</param>
public sealed record Finding(
    FindingKind Kind,
    string? Repository,
    string Row,
    string Message,
    string? Repair,
    string? Advice = null,
    bool IsWarning = false,
    FindingState State = FindingState.Found)
{
    /// <summary>Findings with the same key are the same.</summary>
    internal string Key => $"{Kind} {Repository} {Row}";

    public override string ToString()
    {
        var state = (State, IsWarning) switch
        {
            (FindingState.Repaired, _) => "repaired",
            (FindingState.Left, false) => "left",
            (_, true) => "warning",
            _ => "found",
        };
        var remedy = State == FindingState.Repaired ? $"\n    repaired: {Repair}"
            : Repair is not null ? $"\n    --repair: {Repair}"
            : Advice is not null ? $"\n    to do: {Advice}"
            : "";
        return $"{state,-8} {FindingKindConverter.NameOf(Kind)} {(Repository is null ? "" : $"{Repository} ")}{Row}: {Message}{remedy}";
    }
}

/// <summary>Kinds as they are printed, such as <c>tag-dangling</c>.</summary>
sealed class FindingKindConverter() : JsonStringEnumConverter<FindingKind>(JsonNamingPolicy.KebabCaseLower)
{
    public static string NameOf(FindingKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}

/// <summary>Findings and reports as JSON, for programs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(CheckReport))]
public sealed partial class CheckJson : JsonSerializerContext;
