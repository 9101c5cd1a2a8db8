using Microsoft.Playwright;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>A real Chromium without a window, on PATH or out of Debian's packages.</summary>
public sealed class Browser : IAsyncLifetime
{
    IPlaywright _playwright = null!;
    IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        var chromium = await ClientPrograms.FindAsync("chromium");
        _playwright = await Playwright.CreateAsync();
        // As root it has no sandbox, and it is shown nothing but the registry's pages.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>Opens a page in a session of its own.</summary>
    /// <param name="registry">Whose.</param>
    /// <param name="path">Of the page.</param>
    /// <param name="dark">Whether the visitor prefers dark colors.</param>
    /// <param name="width">Of the window.</param>
    public async Task<Visit> VisitAsync(Uri registry, string path, bool dark = false, int width = 1280)
    {
        var context = await _browser.NewContextAsync(new()
        {
            BaseURL = registry.GetLeftPart(UriPartial.Authority),
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = width, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(30_000);
        var visit = new Visit(context, await context.NewPageAsync(), registry);
        await visit.GoToAsync(path);
        return visit;
    }
}
