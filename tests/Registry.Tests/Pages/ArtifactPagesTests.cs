using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Registry.Tests.Pages;

/// <summary>Known kinds of artifacts have views of their own.</summary>
public class ArtifactPagesTests(Browser browser, ExampleRegistry exhibits) : IClassFixture<Browser>, IClassFixture<ExampleRegistry>
{
    Uri Address => exhibits.Registry.Address;

    [Fact]
    public async Task A_chart_shows_its_facts_readme_and_values()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.Chart}:1.2.3");
        await visit.ShowsAsync("Helm chart", "Says hello", "4.5.6", "Ada");
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Hello chart" })).ToBeVisibleAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Home" }))
            .ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
        await visit.Page.GetByText("values.yaml").First.ClickAsync();
        await visit.ShowsAsync("replicas: 3");
        await visit.ReviewAsync("chart");
    }

    [Fact]
    public async Task An_sbom_is_searched()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}@{await ReferrerAsync("application/spdx+json")}");
        await visit.ShowsAsync("SPDX", "openssl", "3.5.1", "zlib", "pkg:deb/debian/openssl@3.5.1");
        await visit.ReviewAsync("sbom");
        await visit.Page.GetByRole(AriaRole.Searchbox).FillAsync("zlib");
        var rows = visit.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "pkg:" })
            .Or(visit.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "1.3.1" }));
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("zlib");
    }

    [Fact]
    public async Task Cosign_signature_shows_what_it_signs_and_that_its_key_is_unverified()
    {
        await using var visit = await browser.VisitAsync(Address,
            $"/ui/{exhibits.App}@{await ReferrerAsync("application/vnd.dev.sigstore.bundle.v0.3+json")}");
        await visit.ShowsAsync("Sigstore bundle", exhibits.AppDigest);
        await visit.ReviewAsync("cosign");
        Assert.DoesNotContain("is valid", await visit.TextAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_signature_by_notation_shows_its_certificate()
    {
        await using var visit = await browser.VisitAsync(Address,
            $"/ui/{exhibits.App}@{await ReferrerAsync("application/vnd.cncf.notary.signature")}");
        await visit.ShowsAsync("notation signature", "test.example", exhibits.AppDigest);
        await visit.ReviewAsync("notation");
    }

    [Fact]
    public async Task An_attestation_shows_builder_and_subject()
    {
        var index = await exhibits.Registry.Client.GetJsonAsync($"/v2/{exhibits.App}/manifests/v1");
        var attestation = index["manifests"]!.AsArray().First(manifest => manifest!["annotations"] is not null)!;
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}@{attestation["digest"]}");
        await visit.ShowsAsync("in-toto attestation", "https://slsa.dev/provenance/v1",
            "https://example.com/builder", ((string)index["manifests"]![0]!["digest"]!).Split(':')[1]);
        await visit.ReviewAsync("attestation");
    }

    [Fact]
    public async Task A_wasm_module_shows_imports_and_exports()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.Wasm}:v1");
        await visit.ShowsAsync("WASM module", "env", "log", "memory", "hello");
        await visit.ReviewAsync("wasm");
    }

    [Fact]
    public async Task An_ebpf_program_shows_programs_maps_and_license()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.Ebpf}:v1");
        await visit.ShowsAsync("eBPF program", "xdp", "kprobe/do_sys_openat2", "counts", "Dual MIT/GPL");
        await visit.ReviewAsync("ebpf");
    }

    [Fact]
    public async Task Plain_files_are_shown_as_text_tree_and_picture()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.Files}:v1");
        await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "https://example.com/source" }))
            .ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
        var manifest = await exhibits.Registry.Client.GetJsonAsync($"/v2/{exhibits.Files}/manifests/v1");
        foreach (var (index, text) in new[] { (0, "Just some notes"), (1, "things") })
        {
            await visit.GoToAsync($"/ui/{exhibits.Files}:v1?blob={manifest["layers"]![index]!["digest"]}");
            await visit.ShowsAsync(text);
        }
        await visit.GoToAsync($"/ui/{exhibits.Files}:v1?blob={manifest["layers"]![2]!["digest"]}");
        var picture = visit.Page.GetByRole(AriaRole.Img);
        await Expect(picture).ToBeVisibleAsync();
        Assert.StartsWith("blob:", await picture.GetAttributeAsync("src"), StringComparison.Ordinal);
        await visit.ReviewAsync("picture");
    }

    async Task<string> ReferrerAsync(string artifactType)
    {
        var referrers = await exhibits.Registry.Client.GetJsonAsync($"/v2/{exhibits.App}/referrers/{exhibits.AppDigest}");
        return (string)referrers["manifests"]!.AsArray().First(referrer => (string?)referrer!["artifactType"] == artifactType)!["digest"]!;
    }
}
