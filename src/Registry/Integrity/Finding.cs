using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Integrity;

/// <summary>What can be wrong with a registry's rows and objects.</summary>
[JsonConverter(typeof(FindingKindConverter))]
public enum FindingKind
{
    /// <summary>A tag names a manifest that is not there.</summary>
    TagDangling,

    /// <summary>A tag says another type or size than its manifest.</summary>
    TagColumns,

    /// <summary>A tag is not in the list of its manifest's tags.</summary>
    TagIndexMissing,

    /// <summary>The list of a manifest's tags has one that points to another manifest.</summary>
    TagIndexStale,

    /// <summary>The list of a manifest's tags has one that does not exist.</summary>
    TagMissing,

    /// <summary>The bytes of a manifest are not those of its digest, or are not there.</summary>
    ManifestBody,

    /// <summary>The columns of a manifest's row do not say what its bytes do.</summary>
    ManifestColumns,

    /// <summary>An index has a child that is not there: somebody may have deleted it.</summary>
    ChildMissing,

    /// <summary>A manifest needs a blob that is stored, but that its repository does not link.</summary>
    LinkMissing,

    /// <summary>A manifest needs a blob that is not stored any more.</summary>
    BlobMissing,

    /// <summary>A manifest has a subject and is not among its referrers.</summary>
    ReferrerMissing,

    /// <summary>A manifest is among the referrers of its subject as something else than it is.</summary>
    ReferrerWrong,

    /// <summary>A referrer is no manifest of the repository, or has another subject.</summary>
    ReferrerOrphaned,

    /// <summary>A repository with manifests is not in the catalog.</summary>
    CatalogMissing,

    /// <summary>A link names another object than the one that counts, or none.</summary>
    LinkObject,

    /// <summary>A repository links content that it is no owner of, so that a collector could take it.</summary>
    OwnerMissing,

    /// <summary>A repository links content of which no row says which object it is.</summary>
    ContentMissing,

    /// <summary>The object that counts as a blob is not there.</summary>
    ObjectMissing,

    /// <summary>The object that counts as a blob is not as long as its row says.</summary>
    ObjectLength,

    /// <summary>The bytes of an object are not those of its digest.</summary>
    ObjectCorrupt,

    /// <summary>A deleted manifest that could be restored has lost a blob that it needs.</summary>
    UndoIncomplete,

    /// <summary>A row that cannot be understood.</summary>
    RowUnreadable,
}

/// <summary>What became of a finding.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingState>))]
public enum FindingState
{
    Found,
    Repaired,

    /// <summary>It cannot be repaired, or was not.</summary>
    Left,
}

/// <summary>Something that is wrong with a registry.</summary>
/// <param name="Kind">What.</param>
/// <param name="Repository">Where; null for content that belongs to no single one.</param>
/// <param name="Row">The row or the object that it is about.</param>
/// <param name="Message">What is the matter, in a sentence.</param>
/// <param name="Repair">What a repair does about it; null when it can do nothing.</param>
/// <param name="Advice">What a person can do, where a repair cannot.</param>
/// <param name="IsWarning">Whether it may be as somebody wanted it.</param>
/// <param name="State">What became of it.</param>
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
    /// <summary>Two with the same are one.</summary>
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

/// <summary>Kinds as they are told: <c>tag-dangling</c>.</summary>
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
