using Registry.Oci;
using Registry.Policies;

namespace Registry.Tests.Fuzz;

/// <summary>Valid inputs of each parser, which the fuzz tests change.</summary>
static class ParserSeeds
{
    const string Sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static string[] Manifests { get; } =
    [
        $$$"""
        {"schemaVersion":2,"mediaType":"{{{MediaType.OciManifest}}}","artifactType":"application/vnd.test",
         "config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{{Sha}}}","size":2,"data":"e30="},
         "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{{Sha}}}","size":5,"urls":["https://example.com/a"],
          "annotations":{"org.opencontainers.image.title":"hi.txt"}}],
         "subject":{"mediaType":"{{{MediaType.OciManifest}}}","digest":"{{{Sha}}}","size":5},"annotations":{"a":"b"}}
        """,
        $$$"""
        {"schemaVersion":2,"mediaType":"{{{MediaType.OciIndex}}}","manifests":[{"mediaType":"{{{MediaType.OciManifest}}}",
         "digest":"{{{Sha}}}","size":7,"platform":{"architecture":"amd64","os":"linux"}}]}
        """,
        $$$"""
        {"mediaType":"{{{MediaType.OciArtifact}}}","artifactType":"a/b","blobs":[{"mediaType":"a/b","digest":"{{{Sha}}}","size":1}]}
        """,
        $$$"""{"schemaVersion":1,"name":"a","fsLayers":[{"blobSum":"{{{Sha}}}"}],"history":[{"v1Compatibility":"{}"}],"signatures":[]}""",
    ];

    public static string[] Policies { get; } =
    [
        $$$"""
        {"issuers":{"ci":{"issuer":"https://ci.example.com","audiences":["registry.example.com"]}},
         "robots":{"build":{"secrets":[{"hash":"{{{RobotSecret.Hash("secret")}}}","expires":"2026-07-01"}]}},
         "rules":[{"name":"public","subjects":[{"anonymous":true}],"repositories":["public/**"],"actions":["pull","list"]},
          {"name":"main","subjects":[{"issuer":"ci","claims":{"repository":"contoso/*"}},{"robot":"build"}],"repositories":["team/**"],
           "actions":["push","overwrite"]}]}
        """,
        """{"tags":[{"name":"releases","repositories":["**"],"tags":["v*"],"mode":"locked"}]}""",
        """{"retention":[{"name":"old","repositories":["**"],"tags":["pr-*"],"keepNewest":3,"keepPulledDays":30,"untaggedDays":7}]}""",
    ];

    public static string[] Paths { get; } =
    [
        "/v2/", "/v2/_catalog", "/v2/token", "/v2/a/b/manifests/v1", $"/v2/a/blobs/{Sha}", "/v2/a/blobs/uploads/",
        "/v2/a/b/c/blobs/uploads/8b447b2d-88a4-4b11-8fd8-ce171450a594", "/v2/a/tags/list", $"/v2/a/referrers/{Sha}",
        "/v2/a/_registry/usage/latest", "/v2/a/_registry/deleted/manifests/v1", "/v2/_registry/collections/list",
    ];

    public static string[] Names { get; } =
    [
        "a", "a/b-c/d__e.f", "v1.0_a-b", Sha, $"sha512:{new string('a', 128)}", "application/vnd.oci.image.index.v1+json",
    ];

    public static string[] Scopes { get; } =
    [
        "repository:a/b:pull", "repository:a/b:pull,push,delete registry:catalog:*", "repository(plugin):a:*", "registry:catalog:*",
    ];

    public static string[] Ranges { get; } =
    [
        "bytes=0-1", "bytes=-5", "bytes=4990-", "bytes=0-0, 5-9,-1", "items=1-2",
        $"bytes={string.Join(',', Enumerable.Range(0, 127).Select(i => $"{i * 3}-{(i * 3) + 1}"))}",
    ];

    public static string[] Credentials { get; } =
    [
        "Basic YTpi", "Basic Og==", "Bearer abc.def-ghi_jkl~+/==", "bearer x", "Digest username=\"a\", realm=\"b\"",
    ];

    public static string[] Conditions { get; } = [$"\"{Sha}\"", "*", $"W/\"a\", \"{Sha}\"", "\"\"", "\"a,b\" , W/"];

    public static string[] Queries { get; } = ["n=10&last=v1", "n=0", "last=%41&n=2&n=3", "n=&last="];
}
