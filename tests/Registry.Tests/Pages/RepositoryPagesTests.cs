using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Registry.Tests.Pages;

/// <summary>From the list of repositories to the details of a tag.</summary>
public class RepositoryPagesTests(Browser browser, ExampleRegistry exhibits) : IClassFixture<Browser>, IClassFixture<ExampleRegistry>
{
    Uri Address => exhibits.Registry.Address;

    [Fact]
    public async Task Repositories_are_found_by_their_names_and_opened_by_the_keyboard()
    {
        await using var visit = await browser.VisitAsync(Address, "/");
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Repositories");
        await visit.ReviewAsync("repositories");
        await visit.Page.GetByRole(AriaRole.Searchbox).FillAsync($"{exhibits.Prefix} charts");
        var rows = visit.Page.GetByRole(AriaRole.Rowheader);
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToHaveTextAsync(exhibits.Chart);

        await visit.Page.GetByRole(AriaRole.Searchbox).FillAsync(exhibits.App);
        await Expect(rows).ToHaveCountAsync(1);
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.PressAsync("Enter");
        var heading = visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 });
        await Expect(heading).ToHaveTextAsync(exhibits.App);
        // A screen reader continues at the beginning of the new page.
        await Expect(heading).ToBeFocusedAsync();
        Assert.EndsWith($"/ui/{exhibits.App}", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.GoBackAsync();
        await Expect(heading).ToHaveTextAsync("Repositories");
        visit.AssertHarmless();
    }

    [Fact]
    public async Task Tags_show_kind_size_platforms_and_age()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}");
        var rows = visit.Page.Locator("table.tags tbody tr");
        await Expect(rows).ToHaveCountAsync(2);
        // Newest first.
        await Expect(rows.First).ToContainTextAsync("v2");
        foreach (var text in new[] { "Image index", "linux/amd64", "linux/arm64", "KiB" })
            await Expect(rows.First).ToContainTextAsync(text);
        await visit.ReviewAsync("tags");
        await visit.Page.GetByLabel("Order").SelectOptionAsync("name");
        await Expect(rows.First).ToContainTextAsync("v1");
        await visit.Page.GetByLabel("Filter tags").FillAsync("2");
        await Expect(rows).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task An_index_shows_its_tree_and_what_refers_to_it()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:v1");
        await visit.ShowsAsync("Image index", exhibits.AppDigest,
            "linux/amd64", "linux/arm64", "Attestation", "Sigstore bundle", "notation signature", "SPDX SBOM");
        await visit.ReviewAsync("index");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "What linux/amd64 names" }).ClickAsync();
        await visit.ShowsAsync("Config", "Layer 1", "Layer 2");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "linux/amd64" }).First.ClickAsync();
        await visit.SettleAsync();
        await visit.ShowsAsync("Container image", "Entrypoint",
            "/usr/bin/tool", "SETTING=FIRST", "org.example.team", "COPY base /", "COPY app /app", "no files");
        await visit.ReviewAsync("image");
    }

    [Fact]
    public async Task Copyable_commands_work()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:v1");
        await visit.Page.GetByText("More commands").ClickAsync();
        var host = exhibits.Registry.Host;
        await visit.ShowsAsync(
            $"docker pull {host}/{exhibits.App}:v1",
            $"{host}/{exhibits.App}@{exhibits.AppDigest}",
            $"pkg:oci/app@{exhibits.AppDigest}?repository_url={host}%2F{Uri.EscapeDataString(exhibits.App)}&tag=v1",
            "crane manifest",
            "cosign verify");
        await using var chart = await browser.VisitAsync(Address, $"/ui/{exhibits.Chart}:1.2.3");
        await chart.ShowsAsync($"helm pull --plain-http oci://{host}/{exhibits.Chart} --version 1.2.3");
    }

    [Fact]
    public async Task The_json_of_a_manifest_has_links()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:v1?view=json");
        await visit.ShowsAsync("schemaVersion", "application/vnd.oci.image.index.v1+json");
        await visit.ReviewAsync("json");
        var child = visit.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^\"?sha256:") }).Last;
        await child.ClickAsync();
        await visit.SettleAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("sha256:");
    }

    [Fact]
    public async Task Graph_of_two_tags_shows_shared_content_once()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}?view=graph");
        var graph = visit.Page.Locator("main svg[role=group]");
        await Expect(graph).ToBeVisibleAsync();
        await visit.ReviewAsync("graph-of-tags");
        // Both platforms of both tags share one layer: each node is a link, and this one exists once.
        var index = await exhibits.Registry.Client.GetJsonAsync($"/v2/{exhibits.App}/manifests/v1");
        var manifest = await exhibits.Registry.Client.GetJsonAsync($"/v2/{exhibits.App}/manifests/{index["manifests"]![0]!["digest"]}");
        var shared = (string)manifest["layers"]![0]!["digest"]!;
        await Expect(graph.Locator($"a[href*='{shared}']")).ToHaveCountAsync(1);

        await using var one = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:v1?view=graph");
        await Expect(one.Page.Locator("main svg[role=group] a")).Not.ToHaveCountAsync(0);
        await one.ReviewAsync("graph");
    }

    [Theory]
    [InlineData("/ui/_nothing")]
    [InlineData("/ui/Not A Name")]
    public async Task Invalid_addresses_show_an_error(string path)
    {
        await using var visit = await browser.VisitAsync(Address, path);
        await visit.ShowsAsync("Page not found");
        await visit.ReviewAsync("nothing");
    }

    [Fact]
    public async Task Missing_content_is_reported()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:nothing");
        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await using var repository = await browser.VisitAsync(Address, $"/ui/{exhibits.Prefix}/nothing");
        await Expect(repository.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
    }

    /// <summary>A page that was opened before a deployment requests files that no longer exist.</summary>
    [Fact]
    public async Task Page_of_an_older_deployment_prompts_to_reload()
    {
        await using var visit = await browser.VisitAsync(Address, "/");
        await visit.Page.RouteAsync("**/ui/_/*.js", route => route.FulfillAsync(new() { Status = 404 }));
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = exhibits.App }).ClickAsync();
        await visit.ShowsAsync("The registry may have been updated");
        await visit.Page.UnrouteAllAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Reload the page" }).ClickAsync();
        await visit.ShowsAsync("linux/amd64");
    }

    [Fact]
    public async Task Open_registry_does_not_prompt_to_sign_in()
    {
        await using var visit = await browser.VisitAsync(Address, "/");
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToHaveCountAsync(0);
        visit.AssertHarmless();
    }

    [Theory]
    [InlineData(true, 1280, "dark")]
    [InlineData(false, 320, "narrow")]
    public async Task Pages_are_readable_in_dark_mode_and_on_a_phone(bool dark, int width, string name)
    {
        foreach (var (page, path) in new[] { ("repositories", "/"), ("tags", $"/ui/{exhibits.App}"), ("index", $"/ui/{exhibits.App}:v1"),
            ("graph", $"/ui/{exhibits.App}?view=graph"), ("chart", $"/ui/{exhibits.Chart}:1.2.3"), ("usage", "/ui/_usage") })
        {
            await using var visit = await browser.VisitAsync(Address, path, dark, width);
            await visit.ReviewAsync($"{page}-{name}");
        }
    }
}
