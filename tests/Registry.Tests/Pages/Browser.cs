using Microsoft.Playwright;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>A real Chromium without a window, on PATH or out of Debian's packages: one for all tests, which ends with this process.</summary>
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
        // A busy machine is no fault of a page.
        Assertions.SetDefaultExpectTimeout(Patience);
        // As root it has no sandbox, and it is shown nothing but the registry's pages.
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
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
        context.SetDefaultTimeout(Patience);
        var visit = new Visit(context, await context.NewPageAsync(), registry);
        await visit.GoToAsync(path);
        return visit;
    }
}
