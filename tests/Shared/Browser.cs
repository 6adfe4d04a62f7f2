using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ViCo.Tests;

/// <summary>The distribution's chromium, without a window.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var chromium = Repository.OnPath("chromium") ?? Repository.OnPath("chromium-browser") ?? Repository.OnPath("google-chrome");
        if (chromium is null) return;
        // The package carries its own node; where that does not start, the system's does.
        if (Repository.OnPath("node") is { } node && !OperatingSystem.IsLinux()) Environment.SetEnvironmentVariable(
            "PLAYWRIGHT_NODEJS_PATH", node);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <param name="options">Another screen than 1280 × 860.</param>
    internal async Task<Window> OpenAsync(BrowserNewContextOptions? options = null)
    {
        if (_browser is null) Assert.Skip("There is no chromium: apt-get install chromium.");
        var context = await _browser.NewContextAsync(
            options ?? new() { ViewportSize = new() { Width = 1280, Height = 860 }, DeviceScaleFactor = 1.5f });
        context.SetDefaultTimeout(30_000);
        SetDefaultExpectTimeout(20_000);
        return new(context);
    }

    /// <summary>Pictures of the page for people, where <c>VICO_SHOTS</c> names a folder.</summary>
    internal static async Task ShootAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("VICO_SHOTS") is not { Length: > 0 } folder) return;
        var before = page.ViewportSize;
        foreach (var (colours, width) in new[] { ("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390), ("forced", 1280) })
        {
            await page.EmulateMediaAsync(new()
            {
                ColorScheme = colours == "dark" ? ColorScheme.Dark : ColorScheme.Light,
                ForcedColors = colours == "forced" ? ForcedColors.Active : ForcedColors.None,
            });
            await page.SetViewportSizeAsync(width, 860);
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{colours}-{width}.png"), FullPage = true });
        }
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light, ForcedColors = ForcedColors.None });
        if (before is not null) await page.SetViewportSizeAsync(before.Width, before.Height);
    }

    /// <summary>axe-core, where <c>./vico test</c> has installed it.</summary>
    internal static async Task NothingSeriousAsync(IPage page)
    {
        var axe = Repository.PathOf("artifacts", "node", "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(axe))
        {
            TestContext.Current.TestOutputHelper?.WriteLine("axe-core is not installed: the accessibility check was left out.");
            return;
        }
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe, TestContext.Current.CancellationToken));
        await page.WaitForTimeoutAsync(300);                    // colours settle
        var found = await page.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => "
                + "`${v.id}: ${v.nodes.map(n => n.html).join(' | ')}`)");
        Assert.True(found.Length == 0, string.Join('\n', found));
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>One browser profile with its tabs, and what they complained about.</summary>
internal sealed class Window(IBrowserContext context) : IAsyncDisposable
{
    private readonly List<string> _complaints = [];

    public IBrowserContext Context => context;

    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Script errors and breaches of the content policy; refused requests are answers, not errors.</summary>
    public void Listen(IPage page)
    {
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) _complaints.Add(
                message.Text);
        };
    }

    public ValueTask DisposeAsync() => context.DisposeAsync();
}
