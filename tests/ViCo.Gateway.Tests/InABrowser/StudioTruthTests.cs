using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>What the page says is what is so: after a cancel, a lost connection, a second training.</summary>
[Collection(nameof(StudioDesk))]
public sealed class StudioTruthTests(StudioDesk desk)
{
    [Fact]
    public async Task Caption_and_preview_are_of_the_training_that_is_shown()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere);
        await desk.TrainedAsync(concept, 120);                  // previews every 50 steps
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await page.Locator(".story summary").ClickAsync();
        await Expect(page.Locator(".preview figcaption")).ToContainTextAsync("Preview at step");

        var next = await desk.Host.TrainAsync(concept, 100_000, desk.Elsewhere);
        await Expect(page.Locator(".phase")).ToContainTextAsync(new Regex("Waiting|Preparing|Learning"));
        await OkAsync(next);
        await Expect(page.Locator(".phase")).ToContainTextAsync("Cancelled");
        var drawn = await desk.GetAsync($"/jobs/{next}");
        if ((int)drawn["step"]! < 50)
        {
            await Expect(page.Locator(".preview figcaption")).Not.ToContainTextAsync("Preview at step");
            await Expect(page.Locator(".preview img")).ToBeHiddenAsync();
        }
        await Expect(page.Locator($"nav [data-key='{concept}'] small")).ToHaveTextAsync("ready");
        await page.ReloadAsync();
        await Expect(page.Locator(".phase")).ToContainTextAsync("Cancelled");
        Assert.Empty(window.Complaints);

        async Task OkAsync(string job) => Assert.True((await desk.Elsewhere.PostAsync(
            new Uri($"/jobs/{job}/cancel", UriKind.Relative), null, TestContext.Current.CancellationToken)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_lost_connection_is_not_spoken_of_when_it_is_back()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await window.Context.SetOfflineAsync(true);
        await page.ClickAsync("#draw");
        var problem = page.Locator(".draw .problem");
        await Expect(problem).ToContainTextAsync("cannot be reached");
        await window.Context.SetOfflineAsync(false);
        await Expect(problem).ToBeHiddenAsync();
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_finished_training_is_ready_at_the_side_too()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var state = page.Locator($"nav [data-key='{concept}'] small");
        await Expect(state).ToHaveTextAsync("draft");
        var job = await desk.Host.TrainAsync(concept, 400, desk.Elsewhere);
        await Expect(state).ToContainTextAsync(new Regex(@"^(waiting|learning \d+ %)$"));
        await Expect(page).ToHaveTitleAsync(new Regex(@"^(\d+ % learned|Waiting to learn) · "));
        Assert.Equal("succeeded", (string?)(await desk.Host.EndAsync(job, desk.Elsewhere))["state"]);
        await Expect(page.Locator(".phase")).ToContainTextAsync("Learned");
        await Expect(state).ToHaveTextAsync("ready");
        await Expect(page).ToHaveTitleAsync(new Regex("^Learned · "));
    }

    [Fact]
    public async Task Every_run_is_there_behind_more()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        var trainings = await Task.WhenAll(Enumerable.Range(0, 22).Select(_ => desk.Host.TrainAsync(concept, 1, desk.Elsewhere)));
        foreach (var training in trainings) await desk.Host.EndAsync(training, desk.Elsewhere);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await Expect(page.Locator(".run-list > li")).ToHaveCountAsync(20);
        await page.ClickAsync("#more-runs");
        await Expect(page.Locator(".run-list > li")).ToHaveCountAsync(22);
        await Expect(page.Locator("#more-runs")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Back_closes_a_picture_before_it_turns_the_page()
    {
        var concept = await desk.LearnedAsync();
        await desk.DrawnAsync(new { concept, prompt = "a *", count = 1, samplingSteps = 1 });
        var (window, page) = await desk.OpenAsync("#/new");
        await using var _ = window;
        await page.ClickAsync($"nav [data-key='{concept}'] a");
        await page.Locator(".tile .open").ClickAsync();
        await Expect(page.Locator(".lightbox")).ToBeVisibleAsync();
        await page.GoBackAsync();
        await Expect(page.Locator(".lightbox")).ToHaveCountAsync(0);
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Teach it an object");
    }

    [Fact]
    public async Task Who_has_no_tenant_is_told_so_and_can_sign_out()
    {
        var made = await desk.Host.Client.PostAsJsonAsync("/admin/keys", new { name = "on call" }, TestContext.Current.CancellationToken);
        var (window, page) = await desk.OpenWithAsync((string)(await GatewayHost.OkAsync(made))["key"]!, "#/new");
        await using var _ = window;
        await Expect(page.Locator("main h1")).ToHaveTextAsync("No objects here");
        await Expect(page.Locator("#who")).ToHaveTextAsync("No tenant operator");
        await page.ClickAsync("#sign-out");
        await Expect(page.Locator("#key")).ToBeFocusedAsync();
        Assert.Empty(window.Complaints);
    }
}
