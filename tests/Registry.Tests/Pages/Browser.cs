using Microsoft.Playwright;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>
/// A real headless Chromium, on PATH or from Debian's packages: one for all tests, which ends with this process.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    const float Patience = 30_000;

    static readonly Lazy<Task<IBrowser>> s_shared = new(LaunchAsync);

    IBrowser _browser = null!;

    public async Task InitializeAsync() => _browser = await s_shared.Value;

    public Task DisposeAsync() => Task.CompletedTask;

    static async Task<IBrowser> LaunchAsync()
    {
        var chromium = await ClientPrograms.FindAsync("chromium");
        var playwright = await Playwright.CreateAsync();
        // A busy machine must not fail a test.
        Assertions.SetDefaultExpectTimeout(Patience);
        // As root it has no sandbox, and it opens only the registry's web UI.
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium.Path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        });
    }

    /// <summary>Opens a page in a browser context of its own.</summary>
    /// <param name="registry">Address of the registry.</param>
    /// <param name="path">Path of the page.</param>
    /// <param name="dark">Whether the user prefers dark colors.</param>
    /// <param name="width">Width of the window, in pixels.</param>
    public async Task<Visit> VisitAsync(Uri registry, string path, bool dark = false, int width = 1280)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = registry.GetLeftPart(UriPartial.Authority),
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = width, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        var visit = new Visit(context, await context.NewPageAsync(), registry);
        await visit.GoToAsync(path);
        return visit;
    }
}
