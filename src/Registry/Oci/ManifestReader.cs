using System.Text;
using System.Text.Json;

namespace Registry.Oci;

/// <summary>Extracts from a manifest's JSON what the registry indexes.</summary>
/// <remarks>
/// Image spec, manifest.md, image-index.md and descriptor.md. In media types that the registry does not know, a field that does not
/// match the image spec has another meaning: it is ignored. Content that such a manifest references need not exist.
/// </remarks>
sealed class ManifestReader
{
    readonly bool _strict;
    readonly JsonElement _root;
    readonly Dictionary<Digest, ReferenceKind> _references = [];

    public ManifestReader(string? contentType, JsonElement root)
    {
        _root = root;
        if (root.ValueKind != JsonValueKind.Object) throw new ManifestFormatException("The manifest is not a JSON object.");
        MediaType = ReadMediaType(contentType);
        _strict = Oci.MediaType.IsKnownManifest(MediaType);
        if (_strict) CheckForm();

        var config = ReadDescriptor(_root, "config");
        Add(config, ReferenceKind.Blob);
        foreach (var layer in ReadDescriptors("layers").Concat(ReadDescriptors("blobs"))) Add(layer, ReferenceKind.Blob);
        foreach (var child in ReadDescriptors("manifests"))
            Add(child, Oci.MediaType.IsKnownManifest(child.MediaType) ? ReferenceKind.Manifest : ReferenceKind.Either);
        if (_references.Count > Manifest.MaxReferences)
        {
            throw new ManifestFormatException(
                $"The manifest references {_references.Count} digests; the registry accepts at most {Manifest.MaxReferences}.");
        }

        Subject = ReadDescriptor(_root, "subject")?.Digest;
        ArtifactType = ReadArtifactType() ?? config?.MediaType;
        Annotations = ReadAnnotations();
    }

    public string MediaType { get; }

    public string? ArtifactType { get; }

    public Digest? Subject { get; }

    public byte[]? Annotations { get; }

    public IReadOnlyList<ManifestReference> References => [.. _references.Select(r => new ManifestReference(r.Key, r.Value))];

    string ReadMediaType(string? contentType)
    {
        var stated = _root.TryGetProperty("mediaType", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (contentType is null && string.IsNullOrEmpty(stated))
        {
            throw new ManifestFormatException(
                "The media type of the manifest is unknown: send a Content-Type header, or set the manifest's mediaType.");
        }
        if (contentType is not null && !string.IsNullOrEmpty(stated) && contentType != stated)
        {
            throw new ManifestFormatException(
                $"The Content-Type header is '{contentType}', but the manifest's mediaType is '{stated}'. They must be equal.");
        }
        var mediaType = contentType ?? stated!;
        return Oci.MediaType.IsValid(mediaType)
            ? mediaType
            : throw new ManifestFormatException("The manifest's mediaType is not a media type (RFC 6838).");
    }

    void CheckForm()
    {
        if (_root.TryGetProperty("mediaType", out var mediaType) && mediaType.ValueKind != JsonValueKind.String)
            throw Wrong("mediaType", "a string");
        if (MediaType != Oci.MediaType.OciArtifact && !HasSchemaVersion2()) throw Wrong("schemaVersion", "2");
        var index = Oci.MediaType.IsIndex(MediaType);
        var contradiction = index ? new[] { "config", "layers" } : ["manifests"];
        if (contradiction.FirstOrDefault(name => _root.TryGetProperty(name, out _)) is { } field)
        {
            throw new ManifestFormatException(
                $"A manifest of type '{MediaType}' must not have the field '{field}': clients could read it as another type.");
        }
        if (MediaType is Oci.MediaType.OciManifest or Oci.MediaType.DockerManifest && !_root.TryGetProperty("config", out _))
            throw Wrong("config", "a descriptor");
        if (index && !_root.TryGetProperty("manifests", out _)) throw Wrong("manifests", "an array of descriptors");
    }

    bool HasSchemaVersion2() =>
        _root.TryGetProperty("schemaVersion", out var value)
            && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var version)
            && version == 2;

    void Add(ParsedDescriptor? descriptor, ReferenceKind kind)
    {
        if (descriptor is null) return;
        if (!_strict || Oci.MediaType.IsNonDistributable(descriptor.MediaType)) kind = ReferenceKind.Optional;
        // A digest that is referenced twice gets the stricter kind.
        _references[descriptor.Digest] = _references.TryGetValue(descriptor.Digest, out var other) && other < kind ? other : kind;
    }

    IEnumerable<ParsedDescriptor> ReadDescriptors(string name)
    {
        // JSON encoders of some languages write an empty list as null.
        if (!_root.TryGetProperty(name, out var array) || array.ValueKind == JsonValueKind.Null) yield break;
        if (array.ValueKind != JsonValueKind.Array)
        {
            if (_strict) throw Wrong(name, "an array of descriptors");
            yield break;
        }
        var i = 0;
        foreach (var element in array.EnumerateArray())
            if (ParseDescriptor(element, $"{name}[{i++}]") is { } descriptor) yield return descriptor;
    }

    ParsedDescriptor? ReadDescriptor(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var element) && element.ValueKind != JsonValueKind.Null ? ParseDescriptor(element, name) : null;

    ParsedDescriptor? ParseDescriptor(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) return Refuse(path, "a descriptor");
        if (!element.TryGetProperty("mediaType", out var type)
            || type.ValueKind != JsonValueKind.String
            || !Oci.MediaType.IsValid(type.GetString()!))
        {
            return Refuse($"{path}.mediaType", "a media type (RFC 6838)");
        }
        if (!element.TryGetProperty("digest", out var text)
            || text.ValueKind != JsonValueKind.String
            || !Digest.TryParse(text.GetString(), out var digest))
        {
            return Refuse($"{path}.digest", Digest.Grammar);
        }
        if (!element.TryGetProperty("size", out var size)
            || size.ValueKind != JsonValueKind.Number
            || !size.TryGetInt64(out var bytes)
            || bytes < 0)
        {
            return Refuse($"{path}.size", "a number of bytes, 0 or more");
        }
        return new ParsedDescriptor(type.GetString()!, digest);
    }

    ParsedDescriptor? Refuse(string path, string expected) => _strict ? throw Wrong(path, expected) : null;

    string? ReadString(string name)
    {
        if (!_root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        return _strict ? throw Wrong(name, "a string") : null;
    }

    string? ReadArtifactType()
    {
        if (ReadString("artifactType") is not { Length: > 0 } type) return null;
        if (Oci.MediaType.IsValid(type)) return type;
        return _strict ? throw Wrong("artifactType", "a media type (RFC 6838)") : null;
    }

    byte[]? ReadAnnotations()
    {
        if (!_root.TryGetProperty("annotations", out var value) || value.ValueKind == JsonValueKind.Null) return null;
        // Decode names and values now, so that everything that is stored can be listed later.
        var texts = value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject()
                .All(p => p.Name is not null && p.Value.ValueKind == JsonValueKind.String && p.Value.GetString() is not null);
        if (texts) return Encoding.UTF8.GetBytes(value.GetRawText());
        return _strict ? throw Wrong("annotations", "an object whose values are strings") : null;
    }

    static ManifestFormatException Wrong(string path, string expected) => new($"'{path}' of the manifest must be {expected}.");

    sealed record ParsedDescriptor(string MediaType, Digest Digest);
}
