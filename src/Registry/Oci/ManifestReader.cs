using System.Collections.Frozen;
using System.Text.Json;

namespace Registry.Oci;

/// <summary>Extracts from a manifest's JSON what the registry indexes.</summary>
/// <remarks>
/// Image spec, manifest.md, image-index.md and descriptor.md. In media types that the registry does not know, a field that does not
/// match the image spec has another meaning: it is ignored, and every digest in the manifest is an optional reference.
/// </remarks>
sealed class ManifestReader
{
    static readonly FrozenSet<string> s_fields = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "schemaVersion", "mediaType", "artifactType", "config", "layers", "blobs", "manifests", "subject", "annotations");

    static readonly FrozenSet<string> s_descriptorFields = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform");

    readonly bool _known;
    readonly JsonElement _root;
    readonly Dictionary<Digest, ManifestReference> _references = [];

    public ManifestReader(string? contentType, JsonElement root)
    {
        _root = root;
        if (root.ValueKind != JsonValueKind.Object) throw new ManifestFormatException("The manifest is not a JSON object.");
        MediaType = ReadMediaType(contentType);
        _known = Oci.MediaType.IsKnownManifest(MediaType);
        var config = ReadDescriptor("config");
        if (_known) CheckForm();
        Subject = ReadDescriptor("subject")?.Digest;
        References = Checked(_known ? ReadReferences(config) : ScanReferences());
        ArtifactType = ReadArtifactType() ?? config?.MediaType;
        Annotations = ReadAnnotations();
    }

    public string MediaType { get; }

    public bool StatesMediaType { get; private set; }

    public string? ArtifactType { get; }

    public Digest? Subject { get; }

    public JsonElement? Annotations { get; }

    public IReadOnlyList<ManifestReference> References { get; }

    /// <summary>The references, if they are within the limits.</summary>
    /// <exception cref="ManifestFormatException">There are too many.</exception>
    public static IReadOnlyList<ManifestReference> Checked(IEnumerable<ManifestReference> references)
    {
        List<ManifestReference> all = [.. references];
        var lookups = all.Count(reference => reference.Kind is ReferenceKind.Either or ReferenceKind.Optional);
        return all.Count > Manifest.MaxReferences
            ? throw new ManifestFormatException(
                $"The manifest references {all.Count} digests; the registry accepts at most {Manifest.MaxReferences}.")
            : lookups > Manifest.MaxLookups
            ? throw new ManifestFormatException(
                $"The manifest references {lookups} digests without stating whether they are manifests or blobs; the registry accepts at "
                + $"most {Manifest.MaxLookups}. Use the media types of the image spec, or several manifests.")
            : all;
    }

    string ReadMediaType(string? contentType)
    {
        var stated = Find("mediaType") is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        StatesMediaType = !string.IsNullOrEmpty(stated);
        if (contentType is null && string.IsNullOrEmpty(stated))
        {
            throw new ManifestFormatException(
                "The media type of the manifest is unknown: send it as the Content-Type header, or set the manifest's mediaType.");
        }
        if (contentType is not null && !string.IsNullOrEmpty(stated) && !contentType.Equals(stated, StringComparison.OrdinalIgnoreCase))
        {
            throw new ManifestFormatException(
                $"The Content-Type header is '{contentType}', but the manifest's mediaType is '{stated}'. They must be equal.");
        }
        // Both differ by case at most. What the bytes state is the same at every push.
        var mediaType = string.IsNullOrEmpty(stated) ? contentType! : stated;
        return Oci.MediaType.IsValid(mediaType)
            ? Oci.MediaType.Canonical(mediaType)
            : throw new ManifestFormatException("The manifest's mediaType is not a media type (RFC 6838).");
    }

    void CheckForm()
    {
        CheckNames(_root, s_fields, "");
        if (Find("mediaType") is { ValueKind: not JsonValueKind.String }) throw Wrong("mediaType", "a string");
        if (MediaType != Oci.MediaType.OciArtifact && !HasSchemaVersion2()) throw Wrong("schemaVersion", "2");
        var index = Oci.MediaType.IsIndex(MediaType);
        var contradiction = index ? new[] { "config", "layers" } : ["manifests"];
        if (contradiction.FirstOrDefault(name => Find(name) is not null) is { } field)
        {
            throw new ManifestFormatException(
                $"A manifest of type '{MediaType}' must not have the field '{field}': clients could read it as another type.");
        }
        if (MediaType is Oci.MediaType.OciManifest or Oci.MediaType.DockerManifest && Find("config") is null)
            throw Wrong("config", "a descriptor");
        // JSON encoders of some languages write an empty list as null.
        if (index && !_root.TryGetProperty("manifests", out _)) throw Wrong("manifests", "an array of descriptors");
    }

    /// <summary>
    /// Refuses names that differ from a field's only by case: some clients, such as those in Go, read them as that field, and others do
    /// not, so they would not agree on the content.
    /// </summary>
    static void CheckNames(JsonElement element, FrozenSet<string> fields, string path)
    {
        foreach (var property in element.EnumerateObject())
        {
            // Go's encoding/json also takes this letter for an s. (It takes U+212A for a k, which no field has.)
            var name = property.Name.Replace('\u017F', 's');
            if (fields.TryGetValue(name, out var field) && property.Name != field)
            {
                throw new ManifestFormatException(
                    $"The manifest has the field '{path}{property.Name}', which some clients read as '{field}'. Write '{field}', or use "
                    + "another name.");
            }
        }
    }

    bool HasSchemaVersion2() =>
        Find("schemaVersion") is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var version) && version == 2;

    Dictionary<Digest, ManifestReference>.ValueCollection ReadReferences(ParsedDescriptor? config)
    {
        if (config is not null) Add(config, ReferenceKind.Blob);
        foreach (var layer in ReadDescriptors("layers").Concat(ReadDescriptors("blobs"))) Add(layer, ReferenceKind.Blob);
        foreach (var child in ReadDescriptors("manifests"))
            Add(child, Oci.MediaType.IsKnownManifest(child.MediaType) ? ReferenceKind.Manifest : ReferenceKind.Either);
        return _references.Values;
    }

    void Add(ParsedDescriptor descriptor, ReferenceKind kind)
    {
        if (Oci.MediaType.IsNonDistributable(descriptor.MediaType)) kind = ReferenceKind.Optional;
        if (_references.TryGetValue(descriptor.Digest, out var other))
        {
            if (other.Size != descriptor.Size)
            {
                throw new ManifestFormatException(
                    $"The manifest states two sizes for {descriptor.Digest}: {other.Size} and {descriptor.Size} bytes.");
            }
            // A digest that is referenced twice gets the stricter kind.
            if (other.Kind < kind) kind = other.Kind;
        }
        _references[descriptor.Digest] = new ManifestReference(descriptor.Digest, kind, descriptor.Size);
    }

    IEnumerable<ManifestReference> ScanReferences()
    {
        var scan = new DigestScan();
        // A subject is not a reference: a referrer does not keep its subject. A field of that name with another meaning may be one.
        scan.Add(_root, except: Subject is null ? null : "subject");
        return scan.References;
    }

    /// <summary>A field of the manifest; null where it is missing or null, which mean the same.</summary>
    JsonElement? Find(string name) =>
        _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    IEnumerable<ParsedDescriptor> ReadDescriptors(string name)
    {
        if (Find(name) is not { } array) yield break;
        if (array.ValueKind != JsonValueKind.Array)
        {
            if (_known) throw Wrong(name, "an array of descriptors");
            yield break;
        }
        var i = 0;
        foreach (var element in array.EnumerateArray())
            if (ParseDescriptor(element, $"{name}[{i++}]") is { } descriptor) yield return descriptor;
    }

    ParsedDescriptor? ReadDescriptor(string name) => Find(name) is { } element ? ParseDescriptor(element, name) : null;

    ParsedDescriptor? ParseDescriptor(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) return Refuse(path, "a descriptor");
        if (_known) CheckNames(element, s_descriptorFields, $"{path}.");
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
        if (_known) CheckData(element, path, digest, bytes);
        return new ParsedDescriptor(type.GetString()!, digest, bytes);
    }

    /// <summary>Refuses embedded content that is not what the descriptor names: some clients would use it instead of the blob.</summary>
    /// <remarks>Image spec, descriptor.md, "Embedded Content".</remarks>
    static void CheckData(JsonElement descriptor, string path, Digest digest, long size)
    {
        if (!descriptor.TryGetProperty("data", out var data) || data.ValueKind == JsonValueKind.Null) return;
        if (data.ValueKind != JsonValueKind.String
            || !data.TryGetBytesFromBase64(out var content)
            || content.Length != size
            || digest.Algorithm.Of(content) != digest)
        {
            throw Wrong($"{path}.data", "the content with the descriptor's digest and size, in base64");
        }
    }

    ParsedDescriptor? Refuse(string path, string expected) => _known ? throw Wrong(path, expected) : null;

    string? ReadArtifactType()
    {
        if (Find("artifactType") is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) return _known ? throw Wrong("artifactType", "a string") : null;
        if (value.GetString() is not { Length: > 0 } type) return null;
        if (Oci.MediaType.IsValid(type)) return type;
        return _known ? throw Wrong("artifactType", "a media type (RFC 6838)") : null;
    }

    JsonElement? ReadAnnotations()
    {
        if (Find("annotations") is not { } value) return null;
        // Decode names and values now, so that everything that is stored can be listed later.
        var texts = value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject()
                .All(p => p.Name is not null && p.Value.ValueKind == JsonValueKind.String && p.Value.GetString() is not null);
        if (texts) return value;
        return _known ? throw Wrong("annotations", "an object whose values are strings") : null;
    }

    static ManifestFormatException Wrong(string path, string expected) => new($"'{path}' of the manifest must be {expected}.");

    sealed record ParsedDescriptor(string MediaType, Digest Digest, long Size);
}
