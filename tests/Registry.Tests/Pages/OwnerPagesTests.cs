using Microsoft.Playwright;
using Registry.Policies;
using Xunit;
using static Microsoft.Playwright.Assertions;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Pages;

/// <summary>What owners see and do: figures, deletes with a preview, restores, and signing in.</summary>
public class OwnerPagesTests(Browser browser, ExampleRegistry exhibits) : IClassFixture<Browser>, IClassFixture<ExampleRegistry>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => exhibits.Registry.Client;

    Uri Address => exhibits.Registry.Address;

    [Fact]
    public async Task Usage_page_shows_sizes_and_passes_of_the_collector()
    {
        await using var visit = await browser.VisitAsync(Address, "/ui/_usage");
        await visit.ShowsAsync(exhibits.App, "Collector passes", "swept");
        await visit.ReviewAsync("usage");
        var row = visit.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = exhibits.Chart });
        await Expect(row).ToContainTextAsync("B");
        await visit.GoToAsync($"/ui/{exhibits.App}?view=usage");
        await visit.ShowsAsync("Manifests", "To be freed", "Last push");
        await visit.ReviewAsync("usage-of-repository");
    }

    [Fact]
    public async Task Tag_is_deleted_after_a_preview_and_restored()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await using var visit = await browser.VisitAsync(Address, $"/ui/{_name}:v1");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the tag" }).ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("This tag is deleted: v1.");
        await Expect(dialog).ToContainTextAsync("no tag points to it any more");
        await Expect(dialog).ToContainTextAsync("It can be restored until");
        await visit.ReviewAsync("delete");
        // Cancelling changes nothing.
        await visit.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        // U10 (docs/design/hardening.md)
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the tag" })).ToBeFocusedAsync();
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the tag" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await visit.ShowsAsync("This repository has no tags");
        await visit.GoToAsync($"/ui/{_name}?view=deleted");
        await visit.ReviewAsync("deleted");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Restore v1" }).ClickAsync();
        await visit.ShowsAsync("is restored");
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    [Fact]
    public async Task Manifest_is_deleted_with_its_tags_and_purged_after_confirmation()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(2048));
        await using var visit = await browser.VisitAsync(Address, $"/ui/{_name}:v1");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the manifest" }).ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("The manifest itself is deleted.");
        await Expect(dialog).ToContainTextAsync("2.0 KiB that nothing else in this repository needs");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await visit.ShowsAsync("This repository has no tags");
        await visit.GoToAsync($"/ui/{_name}?view=deleted");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = $"Purge {DigestOf(manifest)}" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Purge", Exact = true }).ClickAsync();
        await visit.ShowsAsync("is purged");
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/list"))["deleted"]!.AsArray());
        visit.AssertHarmless();
    }

    [Fact]
    public async Task Repository_is_deleted_after_its_name_was_typed_and_a_locked_tag_refuses_that()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await Client.PushImageAsync(_name, null, RandomBytes(11));
        await using (var locked = await exhibits.StartAsync(options => options.Policy =
            $$"""{"tags":[{"name":"releases","repositories":["{{_name}}"],"tags":["v1"],"mode":"locked"}],""" +
            TestPolicies.AnonymousMay("admin", "delete", "list", "pull")[1..]))
        {
            await using var refused = await browser.VisitAsync(locked.Address, $"/ui/{_name}");
            await DeleteRepositoryAsync(refused);
            await Expect(refused.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("releases");
            refused.AssertHarmless();
        }
        await using var visit = await browser.VisitAsync(Address, $"/ui/{_name}");
        await DeleteRepositoryAsync(visit, review: true);
        await Expect(visit.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/ui/$"));
        await visit.ShowsAsync(exhibits.App);
        visit.AssertHarmless();
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
        Assert.Equal(3, (await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/list"))["deleted"]!.AsArray().Count);
        using var restored = await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/v1", null);
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    async Task DeleteRepositoryAsync(Visit visit, bool review = false)
    {
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Delete the repository" }).ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog).ToContainTextAsync("1 tag is deleted: v1.");
        var button = dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true });
        await Expect(button).ToBeDisabledAsync();
        if (review)
        {
            await Expect(dialog).ToContainTextAsync("They can be restored until");
            await visit.ReviewAsync("delete-repository");
        }
        await dialog.GetByRole(AriaRole.Textbox).FillAsync(_name);
        await button.ClickAsync();
    }

    [Fact]
    public async Task User_without_permission_signs_in_and_out()
    {
        var secret = RobotSecret.Create();
        await using var registry = await StartWithPolicyAsync(secret);
        await Client.PushImageAsync($"{_name}/private", "v1", RandomBytes(10));
        await Client.PushImageAsync($"{_name}/public", "v1", RandomBytes(10));

        await using var visit = await browser.VisitAsync(registry.Address, "/");
        await visit.ShowsAsync($"{_name}/public");
        Assert.DoesNotContain($"{_name}/private", await visit.TextAsync(), StringComparison.Ordinal);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).First.ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("User name").FillAsync("ci");
        await dialog.GetByLabel("Secret or token").FillAsync("wrong");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        await visit.ReviewAsync("sign-in");
        await dialog.GetByLabel("Secret or token").FillAsync(secret);
        await dialog.GetByLabel("Secret or token").PressAsync("Enter");
        await visit.ShowsAsync("Signed in as ci", $"{_name}/private");

        await visit.Page.GetByRole(AriaRole.Link, new() { Name = $"{_name}/private" }).ClickAsync();
        await visit.SettleAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "v1", Exact = true }).First.ClickAsync();
        await visit.SettleAsync();
        await visit.ShowsAsync("sha256:");
        // ci may only pull.
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete") })).ToHaveCountAsync(0);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Dialog).Or(visit.Page.GetByRole(AriaRole.Alert)).First.WaitForAsync();
        visit.AssertHarmless();
        // Nothing remains in the browser's storage.
        Assert.Equal("0 0", await visit.Page.EvaluateAsync<string>("`${localStorage.length} ${sessionStorage.length}`"));
        Assert.DoesNotContain(visit.Requests, address => address.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Private_repository_prompts_to_sign_in()
    {
        var secret = RobotSecret.Create();
        await using var registry = await StartWithPolicyAsync(secret);
        await Client.PushImageAsync($"{_name}/private", "v1", RandomBytes(10));
        await using var visit = await browser.VisitAsync(registry.Address, $"/ui/{_name}/private:v1");
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("User name").FillAsync("ci");
        await dialog.GetByLabel("Secret or token").FillAsync(secret);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visit.ShowsAsync("Signed in as ci", "sha256:", "OCI artifact");
        visit.AssertHarmless();
    }

    Task<TestRegistry> StartWithPolicyAsync(string secret) => exhibits.StartAsync(options => options.Policy = $$"""
        { "robots": { "ci": { "secrets": [{ "hash": "{{RobotSecret.Hash(secret)}}", "expires": "2099-01-01" }] } },
          "rules": [
            { "name": "public", "subjects": [{ "anonymous": true }], "repositories": ["{{_name}}/public"], "actions": ["pull", "list"] },
            { "name": "ci", "subjects": [{ "robot": "ci" }], "repositories": ["{{_name}}/**"], "actions": ["pull", "list"] }] }
        """);
}
