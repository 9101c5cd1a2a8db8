using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Registry.Oci;
using Registry.Tests.Clients;
using Xunit;
using static Microsoft.Playwright.Assertions;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Pages;

/// <summary>
/// Content is untrusted, and the web UI has the rights of its user: no content may execute, load, or become markup.
/// </summary>
public class HostilePagesTests(Browser browser, ExampleRegistry exhibits) : IClassFixture<Browser>, IClassFixture<ExampleRegistry>
{
    const string Markup = "\"><img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script><svg " +
        "onload=\"window.pwned=1\">{{7*7}}${7*7}";
    const string Address = "javascript:window.pwned=1";

    static readonly string[] s_protocols = ["http:", "https:", "blob:", ""];

    readonly string _name = TestRegistry.NewName();

    HttpClient Client => exhibits.Registry.Client;

    [Fact]
    public async Task Markup_in_every_field_of_a_manifest_stays_text()
    {
        var layer = OciLayout.Gzip(ExampleRegistry.Layer(($"{Markup}.txt", Markup), ("page.html", $"<html>{Markup}</html>"),
            ("picture.svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=1'/>"),
            ("\u202Egnp.exe", "turned"), ("../../etc/passwd", "up"), ("/absolute", "root")));
        var config = new JsonObject
        {
            ["architecture"] = Markup,
            ["os"] = Markup,
            ["author"] = Markup,
            ["created"] = Markup,
            ["config"] = new JsonObject
            {
                ["Entrypoint"] = new JsonArray(Markup),
                ["Cmd"] = new JsonArray(Address),
                ["Env"] = new JsonArray($"A={Markup}", 7, null),
                ["Labels"] = new JsonObject { [Markup] = Address, ["__proto__"] = "x", ["constructor"] = Markup },
                ["User"] = 7,
            },
            ["rootfs"] = new JsonObject { ["diff_ids"] = "none" },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = Markup, ["comment"] = Markup }, 7, null),
        };
        var image = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["config"] = Descriptor(config.ToBytes(), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = new JsonArray(Descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip"),
                Descriptor(Encoding.UTF8.GetBytes(Markup), "text/html")),
            ["annotations"] = new JsonObject
            {
                [Markup] = Markup,
                ["org.opencontainers.image.url"] = Address,
                ["org.opencontainers.image.source"] = "https://example.com/\" onclick=\"window.pwned=1",
                ["org.opencontainers.image.title"] = Markup
            },
        };
        image["layers"]![0]!["annotations"] = new JsonObject { ["org.opencontainers.image.title"] = Markup };
        // The registry accepts no invalid media type.
        var typed = image.DeepClone().AsObject();
        typed["layers"]![1]!["mediaType"] = Markup;
        await (await Client.PutManifestAsync(_name, "v1", typed.ToBytes())).AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_INVALID");
        foreach (var blob in new[] { layer, config.ToBytes(), Encoding.UTF8.GetBytes(Markup) }) await Client.PushBlobAsync(_name, blob);
        (await Client.PutManifestAsync(_name, "v1", image.ToBytes())).EnsureSuccessStatusCode();
        var referrer = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["artifactType"] = "text/html",
            ["config"] = Descriptor("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json"),
            ["layers"] = new JsonArray(Descriptor(Encoding.UTF8.GetBytes(Markup), "text/html"),
                Descriptor(Encoding.UTF8.GetBytes(Markup), "image/svg+xml")),
            ["subject"] = Descriptor(image.ToBytes(), MediaType.OciManifest),
            ["annotations"] = new JsonObject { [Markup] = Address },
        };
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        (await Client.PutManifestAsync(_name, "referrer", referrer.ToBytes())).EnsureSuccessStatusCode();
        await Client.PushImageAsync(_name, "v2", RandomBytes(10));

        await using var visit = await browser.VisitAsync(exhibits.Registry.Address, $"/ui/{_name}:v1");
        await visit.ShowsAsync(Markup, Address);
        await visit.ReviewAsync("hostile");
        await AssertNothingRanAsync(visit);
        foreach (var path in new[]
        {
            $"/ui/{_name}", $"/ui/{_name}?view=graph", $"/ui/{_name}:v1?view=json",
                $"/ui/{_name}:v1?view=graph", $"/ui/{_name}:v1?compare=v2", $"/ui/{_name}:v2?compare=v1", $"/ui/{_name}:referrer",
            $"/ui/{_name}:v1?blob={DigestOf(Encoding.UTF8.GetBytes(Markup))}", $"/ui/{_name}:v1?blob={DigestOf(config.ToBytes())}",
                $"/ui/{_name}:referrer?blob={DigestOf(Encoding.UTF8.GetBytes(Markup))}",
            $"/ui/{_name}:v1?view={Uri.EscapeDataString(Markup)}", $"/ui/{_name}:v1?blob={Uri.EscapeDataString(Markup)}",
                $"/ui/{_name}:v1?compare={Uri.EscapeDataString(Markup)}", $"/ui/{Uri.EscapeDataString(Markup)}",
        })
        {
            await visit.GoToAsync(path);
            await AssertNothingRanAsync(visit);
        }
        // The content of a layer: each file is opened.
        await visit.GoToAsync($"/ui/{_name}:v1?blob={DigestOf(layer)}");
        var files = visit.Page.Locator(".tree button.plain");
        for (var i = await files.CountAsync() - 1; i >= 0; i--)
        {
            await files.Nth(i).ClickAsync();
            await visit.SettleAsync();
            await AssertNothingRanAsync(visit);
        }
        await visit.ReviewAsync("hostile-layer");
    }

    [Fact]
    public async Task A_hostile_readme_of_a_chart_does_nothing()
    {
        var readme = $"""
            # {Markup}

            <script>window.pwned=1</script> <img src=x onerror=window.pwned=1> <iframe src="javascript:window.pwned=1"></iframe>

            [link]({Address}) [data](data:text/html,<script>window.pwned=1</script>)
            ![picture](https://evil.example.com/track.png) [good](https://example.com/)

            <style>* "{" display: none "}"</style>
            <base href="https://evil.example.com/"> <form action="https://evil.example.com/"><input name=a></form>

            ```html
            {Markup}
            ```

            | a | b |
            |---|---|
            | {Markup} | <b onclick="window.pwned=1">b</b> |
            """;
        var config = new JsonObject
        {
            ["name"] = Markup,
            ["version"] = Markup,
            ["description"] = Markup,
            ["home"] = Address,
            ["sources"] = new JsonArray(Address),
            ["maintainers"] = new JsonArray(new JsonObject { ["name"] = Markup, ["url"] = Address }, 7),
            ["dependencies"] = 7
        };
        var chart = OciLayout.Gzip(ExampleRegistry.Layer(("evil/README.md", readme),
            ("evil/values.yaml", Markup), ($"evil/templates/{Markup.Replace('/', '_')}", Markup)));
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["config"] = Descriptor(config.ToBytes(), "application/vnd.cncf.helm.config.v1+json"),
            ["layers"] = new JsonArray(Descriptor(chart, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")),
        };
        await Client.PushBlobAsync(_name, config.ToBytes());
        await Client.PushBlobAsync(_name, chart);
        (await Client.PutManifestAsync(_name, "1.0.0", manifest.ToBytes())).EnsureSuccessStatusCode();
        await using var visit = await browser.VisitAsync(exhibits.Registry.Address, $"/ui/{_name}:1.0.0");
        await visit.ShowsAsync("window.pwned=1");
        await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "good" })).ToBeVisibleAsync();
        await AssertNothingRanAsync(visit);
        await visit.ReviewAsync("hostile-chart");
    }

    [Theory]
    [InlineData("application/spdx+json", """{ "spdxVersion": "SPDX-2.3", "packages": [{ "name": 7, "versionInfo": """ +
        """{}, "externalRefs": "none" }, null, 7, { "name": "MARKUP", "downloadLocation": "javascript:window.pwned=1" """ +
        """}], "creationInfo": [] }""")]
    [InlineData("application/vnd.cyclonedx+json", """{ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": """ +
        """[{ "name": "MARKUP", "purl": "javascript:window.pwned=1", "licenses": 7 }, null], "metadata": "MARKUP" }""")]
    [InlineData("application/vnd.in-toto+json", """{ "_type": "MARKUP", "predicateType": "javascript:window.pwned=1", "subject": """ +
        """[{ "name": "MARKUP", "digest": { "sha256": "MARKUP" } }, 7], "predicate": """ +
        """{ "buildDefinition": "MARKUP", "runDetails": [] } }""")]
    [InlineData("application/vnd.dev.sigstore.bundle.v0.3+json", """{ "mediaType": "MARKUP", "verificationMaterial": """ +
        """{ "certificate": { "rawBytes": "AAAA" } }, "dsseEnvelope": { "payload": "MARKUP", "payloadType": "MARKUP", "signatures": """ +
        """[{ "sig": "MARKUP" }] } }""")]
    [InlineData("application/jose+json",
        """{ "payload": "MARKUP", "protected": "e30", "header": { "x5c": ["MARKUP", 7] }, "signature": "MARKUP" }""")]
    [InlineData("application/wasm", "\0asm\u0001\0\0\0\u0002MARKUP")]
    [InlineData("application/vnd.example+json",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task Documents_that_do_not_match_their_type_are_reported(string mediaType, string content)
    {
        var blob = Encoding.UTF8.GetBytes(content.Replace("MARKUP", JsonEncoded(Markup), StringComparison.Ordinal));
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["artifactType"] = mediaType == "application/jose+json" ? "application/vnd.cncf.notary.signature" : mediaType,
            ["config"] = Descriptor("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json"),
            ["layers"] = new JsonArray(Descriptor(blob, mediaType)),
        };
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        await Client.PushBlobAsync(_name, blob);
        (await Client.PutManifestAsync(_name, "v1", manifest.ToBytes())).EnsureSuccessStatusCode();
        await using var visit = await browser.VisitAsync(exhibits.Registry.Address, $"/ui/{_name}:v1");
        await AssertNothingRanAsync(visit);
        await visit.GoToAsync($"/ui/{_name}:v1?blob={DigestOf(blob)}");
        await AssertNothingRanAsync(visit);
        await visit.ReviewAsync($"hostile-{mediaType.Split('/')[1]}");
    }

    static async Task AssertNothingRanAsync(Visit visit)
    {
        visit.AssertHarmless();
        Assert.False(await visit.Page.EvaluateAsync<bool>("'pwned' in window"));
        Assert.Equal(0, await visit.Page.EvaluateAsync<int>("document.querySelectorAll('script:not([src]), iframe, object, embed, " +
            "base, form[action], style, img:not([src^=\"blob:\"]), [onerror], [onclick], [onload]').length"));
        var links = await visit.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('a')].map(a => a.protocol ?? '')");
        Assert.All(links, protocol => Assert.Contains(protocol, s_protocols));
        // The page itself is complete.
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveCountAsync(1);
    }

    static string JsonEncoded(string text) => JsonValue.Create(text).ToJsonString()[1..^1];
}
