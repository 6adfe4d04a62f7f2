using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using ViCo.Tests;
using static Microsoft.Playwright.Assertions;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>One browser and one tenant for all tests of the studio; each opens a window of its own.</summary>
public sealed class StudioDesk(GatewayHost host) : IAsyncLifetime
{
    private readonly Browser _browser = new();

    /// <summary>A client of the same tenant: another person, elsewhere.</summary>
    internal HttpClient Elsewhere { get; private set; } = null!;

    internal string Key { get; private set; } = "";

    internal GatewayHost Host => host;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _browser.InitializeAsync();
        Key = await host.NewTenantAsync();
        Elsewhere = host.ClientFor(Key);
    }

    public async ValueTask DisposeAsync()
    {
        Elsewhere.Dispose();
        await _browser.DisposeAsync();
    }

    /// <summary>A signed-in window at a place of the studio, such as <c>#/new</c>, live.</summary>
    internal async Task<(Window Window, IPage Page)> OpenAsync(string place, BrowserNewContextOptions? options = null)
    {
        var (window, page) = await OpenWithAsync(Key, place, options);
        await Expect(page.Locator("#connection")).ToHaveAttributeAsync("data-state", "live");
        await Expect(page.Locator("main h1")).ToBeVisibleAsync();
        return (window, page);
    }

    /// <summary>A window that is signed in with a key, at a place of the studio.</summary>
    internal async Task<(Window Window, IPage Page)> OpenWithAsync(string key, string place, BrowserNewContextOptions? options = null)
    {
        var window = await _browser.OpenAsync(options);
        var signedIn = await window.Context.APIRequest.PostAsync(
            new Uri(host.Address, "/login").ToString(), new() { DataObject = new { key } });
        Assert.True(signedIn.Ok, await signedIn.TextAsync());
        var page = await window.Context.NewPageAsync();
        window.Listen(page);
        await page.GotoAsync(new Uri(host.Address, $"/{place}").ToString());
        return (window, page);
    }

    /// <summary>A concept with photos that has been trained.</summary>
    internal async Task<string> LearnedAsync(int photos = 2, int steps = 3)
    {
        var concept = await host.NewConceptAsync(Elsewhere, photos);
        await TrainedAsync(concept, steps);
        return concept;
    }

    internal async Task<string> TrainedAsync(string concept, int steps)
    {
        var job = await host.TrainAsync(concept, steps, Elsewhere);
        Assert.Equal("succeeded", (string?)(await host.EndAsync(job, Elsewhere))["state"]);
        return job;
    }

    internal async Task<string> AskAsync(object drawing) =>
        (string)(await OkAsync(await Elsewhere.PostAsJsonAsync("/images", drawing, Stop)))["id"]!;

    internal async Task<JsonNode> DrawnAsync(object drawing) => await host.EndAsync(await AskAsync(drawing), Elsewhere);

    internal async Task<JsonNode> GetAsync(string path) => await OkAsync(await Elsewhere.GetAsync(path, Stop));

    internal Task<HttpResponseMessage> DeleteAsync(string path) => Elsewhere.DeleteAsync(new Uri(path, UriKind.Relative), Stop);

    /// <summary>A sample photo as a browser's file.</summary>
    internal static FilePayload File(int number, string? name = null) =>
        new() { Name = name ?? $"{number}.png", MimeType = "image/png", Buffer = Sample(number) };
}

/// <summary>The tests that share it, one after the other.</summary>
[CollectionDefinition(nameof(StudioDesk))]
public sealed class StudioDeskCollection : ICollectionFixture<StudioDesk>;
