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
        Assert.Equal("""{"a":"b"}""", Encoding.UTF8.GetString(manifest.Annotations!));
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
    [InlineData("""{"schemaVersion":1,"config":null}""")]
    [InlineData("""{"schemaVersion":2}""")]
    [InlineData("""{"schemaVersion":2,"config":{}}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":{}}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"mediaType":"application/vnd.oci.image.index.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"mediaType":5}""")]
    [InlineData("""{"schemaVersion":2,"schemaVersion":2,"config":null}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"mediaType":"application/vnd.oci.image.manifest.v1+json",""" +
        """ "mediaType":"application/vnd.oci.image.manifest.v1+json"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[{"mediaType":"a/b","size":-1,""" +
        """ "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[{"mediaType":"a/b","size":1,""" +
        """ "digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}]}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[{"mediaType":"","size":1,""" +
        """ "digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"annotations":{"a":1}}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"artifactType":1}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"artifactType":"no media type"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"artifactType":"\ud800"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"mediaType":"\ud800"}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"annotations":{"a":"\udc00"}}""")]
    [InlineData("""{"schemaVersion":2,"config":null,"annotations":{"\udc00":"a"}}""")]
    public void Manifest_that_violates_the_image_spec_is_refused(string text) =>
        Assert.Throws<ManifestFormatException>(() => Manifest.Parse(MediaType.OciManifest,
            Encoding.UTF8.GetBytes(text), DigestAlgorithm.Sha256));

    [Fact]
    public void Too_deep_json_is_refused()
    {
        var deep = """{"schemaVersion":2,"config":null,"x":""" + new string('[', 100_000) + new string(']', 100_000) + "}";
        Assert.Throws<ManifestFormatException>(() => Manifest.Parse(MediaType.OciManifest,
            Encoding.UTF8.GetBytes(deep), DigestAlgorithm.Sha256));
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

    [Fact]
    public void Without_a_content_type_the_manifest_determines_its_type()
    {
        Assert.Equal(MediaType.OciManifest, Parse(OciContent.Image(), contentType: null).MediaType);
        var silent = OciContent.Image();
        silent.Remove("mediaType");
        Assert.Throws<ManifestFormatException>(() => Parse(silent, contentType: null));
    }

    static Manifest Parse(JsonObject document, string? contentType = MediaType.OciManifest) =>
        Manifest.Parse(contentType, document.ToBytes(), DigestAlgorithm.Sha256);
}
