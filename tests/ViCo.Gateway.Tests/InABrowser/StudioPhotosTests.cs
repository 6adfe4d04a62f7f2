using System.Text.Json.Nodes;
using Microsoft.Playwright;
using ViCo.Tests;
using static Microsoft.Playwright.Assertions;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>Photos on their way up, and away again.</summary>
[Collection(nameof(StudioDesk))]
public sealed class StudioPhotosTests(StudioDesk desk)
{
    private const string Leave = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Photos_go_on_by_themselves_when_the_connection_is_back_and_nobody_leaves_without_a_word()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        Assert.False(await page.EvaluateAsync<bool>(Leave));
        await window.Context.SetOfflineAsync(true);
        await page.SetInputFilesAsync("#photo-input", [StudioDesk.File(2), StudioDesk.File(3), StudioDesk.File(4)]);
        await Expect(page.Locator(".photo[data-state=stalled] .verdict")).ToContainTextAsync("waits for the connection");
        await Expect(page.Locator(".counter")).ToContainTextAsync("Uploading 1 of 3 · 0 %");
        await Expect(page.Locator("#train")).ToBeDisabledAsync();
        await Expect(page.Locator(".photo[data-state=rejected]")).ToHaveCountAsync(0);
        Assert.True(await page.EvaluateAsync<bool>(Leave));
        await Browser.ShootAsync(page, "studio-offline");

        await window.Context.SetOfflineAsync(false);
        await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(4);
        await Expect(page.Locator("#train")).ToBeEnabledAsync();
        Assert.False(await page.EvaluateAsync<bool>(Leave));
        var names = (await desk.GetAsync($"/concepts/{concept}"))["photos"]!.AsArray().Select(photo => (string?)photo!["name"]);
        Assert.Equal(["1.png", "2.png", "3.png", "4.png"], names);
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_photo_that_is_there_costs_a_header_and_is_told_as_the_same()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var sent = 0;
        await page.RouteAsync("**/photos?*", async route =>
        {
            // The first photo arrives, but its answer is lost.
            await route.FetchAsync();
            if (Interlocked.Increment(ref sent) == 1) await route.AbortAsync(); else await route.ContinueAsync();
        });
        await page.SetInputFilesAsync("#photo-input", StudioDesk.File(2));
        await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(2);
        Assert.Equal(1, sent);

        await page.SetInputFilesAsync("#photo-input", StudioDesk.File(1, "copy of 1.png"));
        await Expect(page.Locator(".photos .hint")).ToHaveTextAsync("copy of 1.png is the same picture as 1.png and was left out.");
        await Expect(page.Locator(".photo")).ToHaveCountAsync(2);
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task Photos_without_a_name_wait_without_a_sign_of_work_and_outlive_a_look_elsewhere()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        var (window, page) = await desk.OpenAsync("#/new");
        await using var _ = window;
        await page.SetInputFilesAsync("#photo-input", [StudioDesk.File(1), StudioDesk.File(2)]);
        await Expect(page.Locator(".photo .verdict").First).ToContainTextAsync("goes up once it has a name and a word");
        await Expect(page.Locator(".spin")).ToHaveCountAsync(0);
        await Expect(page.Locator(".photo figure > .glyph").First).ToBeHiddenAsync();

        await page.FillAsync("#name", "Kept");
        await page.ClickAsync($"nav [data-key='{concept}'] a");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Teapot");
        await page.ClickAsync("nav .new");
        await Expect(page.Locator("#name")).ToHaveValueAsync("Kept");
        await Expect(page.Locator(".photo")).ToHaveCountAsync(2);
        await page.FillAsync("#init-word", "teapot");
        await page.Locator("#init-word").PressAsync("Enter");
        await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(2);
        await Expect(page.Locator(".drop")).ToBeFocusedAsync();
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_removed_photo_can_be_brought_back_and_one_that_stays_removed_is_not_learned_from()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 3);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var card = page.Locator(".photo").Nth(1);
        await card.Locator(".remove").PressAsync("Enter");
        await Expect(card.Locator(".undo")).ToBeFocusedAsync();
        await Expect(page.Locator(".counter")).ToContainTextAsync("2 photos");
        await Browser.NothingSeriousAsync(page);
        await Browser.ShootAsync(page, "studio-undo");
        await card.Locator(".undo").PressAsync("Enter");
        await Expect(card.Locator(".remove")).ToBeFocusedAsync();
        await Expect(page.Locator(".counter")).ToContainTextAsync("3 photos");
        Assert.Equal(3, await PhotosAsync(concept));

        await card.Locator(".remove").PressAsync("Enter");
        await page.Locator(".train-form summary").ClickAsync();
        await page.Locator(".train-form").GetByRole(AriaRole.Spinbutton, new() { Name = "Steps" }).FillAsync("2");
        await page.ClickAsync("#train");
        await Expect(page.Locator(".phase")).ToContainTextAsync("Learned");
        Assert.Equal(2, await PhotosAsync(concept));
        await Expect(page.Locator(".photo")).ToHaveCountAsync(2);
        Assert.Equal(2, (await desk.GetAsync($"/concepts/{concept}/runs"))["runs"]![0]!["photos"]!.AsArray().Count);

        // And with the page it goes, too.
        await page.Locator(".photo .remove").First.PressAsync("Enter");
        await page.ReloadAsync();
        await Expect(page.Locator(".photo")).ToHaveCountAsync(1);
        Assert.Empty(window.Complaints);
    }

    private async Task<int> PhotosAsync(string concept) => (await desk.GetAsync($"/concepts/{concept}"))["photos"]!.AsArray().Count;
}
