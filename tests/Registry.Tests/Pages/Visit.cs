using System.Collections.Concurrent;
using System.Diagnostics;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>A browser session, and every problem that occurred in it.</summary>
public sealed class Visit : IAsyncDisposable
{
    /// <summary>Effects of a rendering run after a frame and may load more.</summary>
    const string ShownInTheNextFrame = """
        () => new Promise((tell) => requestAnimationFrame(() => setTimeout(() =>
          tell(document.querySelector('#app > *') !== null && document.querySelector('.waiting, progress') === null))))
        """;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    readonly IBrowserContext _context;
    readonly ConcurrentQueue<string> _problems = new();
    readonly ConcurrentDictionary<IRequest, bool> _underway = new();

    public Visit(IBrowserContext context, IPage page, Uri registry)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _problems.Enqueue($"error: {error}");
        // Answers such as 404 are reported by the page itself.
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _problems.Enqueue($"console: {message.Text}");
        };
        page.Dialog += async (_, dialog) =>
        {
            _problems.Enqueue($"dialog: {dialog.Message}");
            await dialog.DismissAsync();
        };
        page.Popup += (_, popup) => _problems.Enqueue($"popup: {popup.Url}");
        context.RequestFinished += (_, request) => _underway.TryRemove(request, out var _);
        context.RequestFailed += (_, request) => _underway.TryRemove(request, out var _);
        context.Request += (_, request) =>
        {
            Requests.Enqueue(request.Url);
            var url = new Uri(request.Url);
            if (url.Scheme != "blob") _underway.TryAdd(request, true);
            if (url.Authority != registry.Authority && url.Scheme != "blob") _problems.Enqueue($"request to another host: {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>The addresses of all requests so far.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public async Task GoToAsync(string path)
    {
        await Page.GotoAsync(path);
        await SettleAsync();
    }

    /// <summary>
    /// Waits until the page has loaded: no request is in progress, no busy indicator is shown, and the next frame begins
    /// nothing.
    /// </summary>
    /// <exception cref="TimeoutException">It has not within half a minute.</exception>
    public async Task SettleAsync()
    {
        var watch = Stopwatch.StartNew();
        for (var quiet = 0; quiet < 2;)
        {
            var shown = await Page.EvaluateAsync<bool>(ShownInTheNextFrame);
            quiet = shown && _underway.IsEmpty ? quiet + 1 : 0;
            if (watch.Elapsed > s_patience)
            {
                throw new TimeoutException(
                    $"The page still waits for {string.Join(", ", _underway.Keys.Select(request => request.Url))}:\n{await TextAsync()}");
            }
        }
    }

    /// <summary>The visible text.</summary>
    public async Task<string> TextAsync() => await Page.Locator("body").InnerTextAsync();

    /// <summary>Asserts that all these texts are visible.</summary>
    public async Task ShowsAsync(params IEnumerable<string> texts)
    {
        foreach (var text in texts) await Assertions.Expect(Page.Locator("body")).ToContainTextAsync(text, new() { UseInnerText = true });
    }

    /// <summary>Saves a screenshot for review: <c>out/pages/NAME.png</c>.</summary>
    public Task KeepAsync(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(SourceTree.Root, "out", "pages", $"{name}.png"), FullPage = true });

    /// <summary>Asserts that the page is accessible (axe), and no wider than the window.</summary>
    public async Task AssertAccessibleAsync()
    {
        var result = await Page.RunAxe();
        Assert.True(result.Violations.Length == 0, string.Join('\n', result.Violations.Select(violation =>
            $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html))}")));
        var wide = await Page.EvaluateAsync<string[]>("document.documentElement.scrollWidth <= window.innerWidth ? [] : " +
            "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth).map(e => " +
            "e.outerHTML.slice(0, 100))");
        Assert.True(wide.Length == 0, $"The page is wider than the window: {string.Join('\n', wide)}");
    }

    /// <summary>Checks that apply to every page: accessible, harmless, and saved for review.</summary>
    public async Task ReviewAsync(string name)
    {
        await SettleAsync();
        await KeepAsync(name);
        await AssertAccessibleAsync();
        AssertHarmless();
    }

    /// <summary>Asserts that nothing failed, executed, opened, or was requested from another host.</summary>
    public void AssertHarmless() => Assert.True(_problems.IsEmpty, string.Join('\n', _problems));

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
