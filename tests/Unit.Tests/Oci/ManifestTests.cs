using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Oci;

public class ManifestTests
{
    static readonly byte[] s_layer = "layer"u8.ToArray();

    [Fact]
    public void Image_manifest_has_references_subject_and_type()
    {
        var document = OciContent.Image(s_layer, s_layer);
        document["subject"] = OciContent.Descriptor("gone"u8.ToArray(), MediaType.OciManifest);
        document["annotations"] = new JsonObject { ["a"] = "b" };
        var manifest = Parse(document);
        Assert.Equal("application/vnd.oci.empty.v1+json", manifest.ArtifactType);
        Assert.Equal(OciContent.DigestOf("gone"u8.ToArray()), manifest.Subject!.ToString());
        Assert.Equal("""{"a":"b"}""", Encoding.UTF8.GetString(manifest.Annotations!.Value.Span));
        Assert.Equal(2, manifest.References.Count);
        Assert.All(manifest.References, reference => Assert.Equal(ReferenceKind.Blob, reference.Kind));
    }

    [Fact]
    public void Artifact_type_wins_over_the_configs_type_and_an_index_has_none_of_its_own()
    {
        var image = OciContent.Image();
        image["artifactType"] = "application/x";
        Assert.Equal("application/x", Parse(image).ArtifactType);
        Assert.Null(Parse(OciContent.Index(), MediaType.OciIndex).ArtifactType);
    }

    [Fact]
    public void Children_of_an_index_are_manifests_or_of_either_kind()
    {
        var document = OciContent.Index(s_layer);
        document["manifests"]!.AsArray().Add(OciContent.Descriptor("cache"u8.ToArray(), "application/vnd.buildkit.cacheconfig.v0"));
        Assert.Equal([ReferenceKind.Manifest, ReferenceKind.Either], Parse(document, MediaType.OciIndex).References.Select(r => r.Kind));
    }

    [Fact]
    public void Foreign_layers_need_not_exist()
    {
        var document = OciContent.Image();
        document["layers"]!.AsArray().Add(OciContent.Descriptor(s_layer, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"));
        document["layers"]!.AsArray()
            .Add(OciContent.Descriptor("x"u8.ToArray(), "application/vnd.oci.image.layer.nondistributable.v1.tar"));
        Assert.Equal(2, Parse(document).References.Count(r => r.Kind == ReferenceKind.Optional));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":1,<config>}""")]
    [InlineData("""{"schemaVersion":2}""")]
    // P5 (docs/design/hardening.md): null is the same as no field.
    [InlineData("""{"schemaVersion":2,"config":null}""")]
    [InlineData("""{"schemaVersion":2,"config":{}}""")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":{}}""")]
    [InlineData("""{"schemaVersion":2,<config>,"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,<config>,"mediaType":"application/vnd.oci.image.index.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,<config>,"mediaType":5}""")]
    [InlineData("""{"schemaVersion":2,"schemaVersion":2,<config>}""")]
    [InlineData("""{"schemaVersion":2,<config>,"mediaType":"application/vnd.oci.image.manifest.v1+json",""" +
        """ "mediaType":"application/vnd.oci.image.manifest.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":[{"mediaType":"a/b","size":-1,""" +
        """ "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":[{"mediaType":"a/b","size":1,""" +
        """ "digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}]}""")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":[{"mediaType":"","size":0,""" +
        """ "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""")]
    [InlineData("""{"schemaVersion":2,<config>,"annotations":{"a":1}}""")]
    [InlineData("""{"schemaVersion":2,<config>,"artifactType":1}""")]
    [InlineData("""{"schemaVersion":2,<config>,"artifactType":"no media type"}""")]
    [InlineData("""{"schemaVersion":2,<config>,"artifactType":"\ud800"}""")]
    [InlineData("""{"schemaVersion":2,<config>,"mediaType":"\ud800"}""")]
    [InlineData("""{"schemaVersion":2,<config>,"annotations":{"a":"\udc00"}}""")]
    [InlineData("""{"schemaVersion":2,<config>,"annotations":{"\udc00":"a"}}""")]
    public void Manifest_that_violates_the_image_spec_is_refused(string text) => AssertRefused(text);

    /// <summary>The manifests above are wrong in what they show, not in their config.</summary>
    [Theory]
    [InlineData("""{"schemaVersion":2,<config>}""")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":null,"manifests":null,"mediaType":null,"annotations":null,"subject":null}""")]
    public void Null_is_the_same_as_no_field(string text) => Assert.Single(ParseImage(text).References);

    // P2 (docs/design/hardening.md). Go reads U+017F as an s.
    [Theory]
    [InlineData("""{"schemaVersion":2,<config>,"Layers":[]}""", "Layers")]
    [InlineData("""{"schemaVersion":2,<config>,"layer\u017f":[]}""", "layer\u017f")]
    [InlineData("""{"schemaVersion":2,<config>,"conFig":null}""", "conFig")]
    [InlineData("""{"schemaVersion":2,<config>,"MANIFESTS":[]}""", "MANIFESTS")]
    [InlineData("""{"schemaVersion":2,<config>,"Subject":null}""", "Subject")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":[{<descriptor>,"Digest":"x"}]}""", "layers[0].Digest")]
    [InlineData("""{"schemaVersion":2,<config>,"layers":[{<descriptor>},{<descriptor>,"SIZE":7}]}""", "layers[1].SIZE")]
    [InlineData("""{"schemaVersion":2,<config>,"subject":{<descriptor>,"mediatype":"c/d"}}""", "subject.mediatype")]
    public void Names_that_differ_from_a_field_by_case_are_refused(string text, string named) =>
        Assert.Contains($"'{named}'", AssertRefused(text), StringComparison.Ordinal);

    // P4 (docs/design/hardening.md): what can be known without a read.
    [Fact]
    public void Two_sizes_for_one_digest_are_refused() =>
        AssertRefused("""{"schemaVersion":2,<config>,"layers":[{"mediaType":"a/b","size":7,""" +
            """ "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""");

    // P4 (docs/design/hardening.md): clients that read the embedded content would not agree with those that pull the blob.
    [Theory]
    [InlineData("\"AAAA\"")]
    [InlineData("\"!\"")]
    [InlineData("5")]
    public void Embedded_content_that_is_not_that_of_the_digest_is_refused(string data)
    {
        var message = AssertRefused($$"""{"schemaVersion":2,<config>,"layers":[{<descriptor>,"data":{{data}}}]}""");
        Assert.Contains("'layers[0].data'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embedded_content_is_accepted()
    {
        var document = OciContent.Image(s_layer);
        document["layers"]![0]!["data"] = Convert.ToBase64String(s_layer);
        document["config"]!["data"] = null;
        Assert.Equal(2, Parse(document).References.Count);
        document["layers"]![0]!["size"] = 4;
        Assert.Throws<ManifestFormatException>(() => Parse(document));
    }

    const string Descriptor =
        """ "mediaType":"a/b","size":0,"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" """;

    static Manifest ParseImage(string text) => Manifest.Parse(
        MediaType.OciManifest,
        Encoding.UTF8.GetBytes(text.Replace("<config>", $"\"config\":{{{Descriptor}}}", StringComparison.Ordinal)
            .Replace("<descriptor>", Descriptor, StringComparison.Ordinal)),
        DigestAlgorithm.Sha256);

    static string AssertRefused(string text) => Assert.Throws<ManifestFormatException>(() => ParseImage(text)).Message;

    [Fact]
    public void Too_deep_json_is_refused()
    {
        var deep = """{"schemaVersion":2,<config>,"x":""" + new string('[', 100_000) + new string(']', 100_000) + "}";
        AssertRefused(deep);
    }

    [Theory]
    [InlineData("application/vnd.example", "not json")]
    [InlineData("application/vnd.example+json", """{"layers":"mine","subject":17}""")]
    [InlineData("application/vnd.example+json", "[1]")]
    public void Unknown_media_types_may_have_any_content(string type, string text)
    {
        var manifest = Manifest.Parse(type, Encoding.UTF8.GetBytes(text), DigestAlgorithm.Sha512);
        Assert.Empty(manifest.References);
        Assert.Equal(text, Encoding.UTF8.GetString(manifest.Content.Span));
    }

    // P1 (docs/design/hardening.md)
    [Theory]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws", """{"fsLayers":[{"blobSum":"SHA256"}]}""")]
    [InlineData("application/vnd.example+json", """{"any":{"SHA256":["docker.io/library/x@SHA512"]}}""")]
    [InlineData("application/vnd.example+json", "[1,\"SHA256\"]")]
    [InlineData("application/vnd.example+json", """{"subject":["SHA256",{"digest":"SHA512"}]}""")]
    [InlineData("application/vnd.example+yaml", "layers: [SHA256, SHA512, SHA256]")]
    public void Every_digest_in_an_unknown_media_type_is_an_optional_reference(string type, string text)
    {
        string[] digests = [DigestAlgorithm.Sha256.Of(s_layer).ToString(), DigestAlgorithm.Sha512.Of(s_layer).ToString()];
        text = text.Replace("SHA256", digests[0], StringComparison.Ordinal).Replace("SHA512", digests[1], StringComparison.Ordinal);
        var references = Manifest.Parse(type, Encoding.UTF8.GetBytes(text), DigestAlgorithm.Sha256).References;
        Assert.Equal(digests.Where(digest => text.Contains(digest, StringComparison.Ordinal)), references.Select(r => r.Digest.ToString()));
        Assert.All(references, reference => Assert.Equal(ReferenceKind.Optional, reference.Kind));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("g", true)]
    [InlineData("@sha256:", true)]
    [InlineData("0", false)]
    [InlineData("f0", false)]
    public void What_is_longer_than_a_digest_is_none(string rest, bool expected)
    {
        foreach (var algorithm in new[] { DigestAlgorithm.Sha256, DigestAlgorithm.Sha512 })
        {
            var text = $"{algorithm.Of(s_layer)}{rest}";
            var manifest = Manifest.Parse("application/vnd.example", Encoding.UTF8.GetBytes(text), DigestAlgorithm.Sha256);
            Assert.Equal(expected, manifest.References.Count > 0);
        }
    }

    [Fact]
    public void Subject_of_an_unknown_media_type_is_no_reference()
    {
        var document = OciContent.Image(s_layer);
        document["mediaType"] = "application/vnd.example+json";
        document["subject"] = OciContent.Descriptor("gone"u8.ToArray(), MediaType.OciManifest);
        var manifest = Parse(document, contentType: null);
        Assert.NotNull(manifest.Subject);
        Assert.DoesNotContain(manifest.References, reference => reference.Digest == manifest.Subject);
        Assert.Equal(2, manifest.References.Count);
    }

    // S6 (docs/design/hardening.md)
    [Fact]
    public void References_of_unknown_kind_are_limited()
    {
        var document = OciContent.Index();
        for (var i = 0; i < Manifest.MaxLookups; i++)
            document["manifests"]!.AsArray().Add(OciContent.Descriptor(BitConverter.GetBytes(i), "application/x"));
        Assert.Equal(Manifest.MaxLookups, Parse(document, MediaType.OciIndex).References.Count);
        document["manifests"]!.AsArray().Add(OciContent.Descriptor(s_layer, "application/x"));
        var error = Assert.Throws<ManifestFormatException>(() => Parse(document, MediaType.OciIndex));
        Assert.Contains("at most 1000", error.Message, StringComparison.Ordinal);
        Assert.Throws<ManifestFormatException>(() => Parse(document, "application/vnd.example+json"));
        var text = document.ToBytes();
        Assert.Throws<ManifestFormatException>(() =>
            Manifest.Parse("application/vnd.example", (byte[])[.. "x"u8, .. text], DigestAlgorithm.Sha256));
    }

    [Fact]
    public void An_index_has_the_field_manifests()
    {
        var document = OciContent.Index();
        document.Remove("manifests");
        Assert.Throws<ManifestFormatException>(() => Parse(document, MediaType.OciIndex));
        document["manifests"] = null;
        Assert.Empty(Parse(document, MediaType.OciIndex).References);
    }

    [Fact]
    public void A_digest_that_is_referenced_twice_has_the_stricter_kind()
    {
        var layer = OciContent.Descriptor(s_layer);
        var foreign = OciContent.Descriptor(s_layer, "application/vnd.oci.image.layer.nondistributable.v1.tar");
        foreach (var layers in new[] { new[] { layer, foreign }, [foreign, layer] })
        {
            var document = OciContent.Image();
            document["layers"] = new JsonArray([.. layers.Select(each => each.DeepClone())]);
            Assert.All(Parse(document).References, reference => Assert.Equal(ReferenceKind.Blob, reference.Kind));
        }
    }

    // P3 (docs/design/hardening.md): curl sends application/x-www-form-urlencoded unless it is told otherwise.
    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/octet-stream")]
    [InlineData("Text/Plain")]
    public void Without_a_manifest_type_in_the_header_the_manifest_determines_its_type(string? contentType)
    {
        Assert.Equal(MediaType.OciManifest, Parse(OciContent.Image(), contentType).MediaType);
        var silent = OciContent.Image();
        silent.Remove("mediaType");
        Assert.Throws<ManifestFormatException>(() => Parse(silent, contentType));
        Assert.Throws<ManifestFormatException>(() => Manifest.Parse(contentType, "not json"u8.ToArray(), DigestAlgorithm.Sha256));
    }

    // P14 (docs/design/hardening.md)
    [Fact]
    public void Media_types_are_case_insensitive_and_known_ones_get_their_usual_spelling()
    {
        var document = OciContent.Index(s_layer);
        document["mediaType"] = MediaType.OciIndex.ToUpperInvariant();
        document["manifests"]![0]!["mediaType"] = MediaType.OciManifest.ToUpperInvariant();
        foreach (var contentType in new[] { null, MediaType.OciIndex, "Application/VND.OCI.image.index.V1+JSON" })
        {
            var manifest = Parse(document, contentType);
            Assert.Equal(MediaType.OciIndex, manifest.MediaType);
            Assert.Equal(ReferenceKind.Manifest, manifest.References.Single().Kind);
        }
        Assert.Equal("Application/X", Manifest.Parse("Application/X", s_layer, DigestAlgorithm.Sha256).MediaType);
        // One that states its type has one type, however the header spells it.
        document["mediaType"] = "application/vnd.Example";
        Assert.Equal("application/vnd.Example", Parse(document, "APPLICATION/VND.EXAMPLE").MediaType);
    }

    static Manifest Parse(JsonObject document, string? contentType = MediaType.OciManifest) =>
        Manifest.Parse(contentType, document.ToBytes(), DigestAlgorithm.Sha256);
}
