using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using ViCo.Tests;
using static Microsoft.Playwright.Assertions;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>Drawing and what was drawn, as somebody sees it who comes back.</summary>
[Collection(nameof(StudioDesk))]
public sealed class StudioPicturesTests(StudioDesk desk)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_picture_of_640_is_found_again_after_200_drawings_elsewhere()
    {
        var concept = await desk.LearnedAsync();
        var other = await desk.LearnedAsync(photos: 1);
        var mine = await Task.WhenAll(Enumerable.Range(0, 32).Select(n =>
            desk.AskAsync(new { concept, prompt = $"* number {n}", count = 20, samplingSteps = 1 })));
        foreach (var job in mine) Assert.Equal(20, (await desk.Host.EndAsync(job, desk.Elsewhere))["images"]!.AsArray().Count);
        await Task.WhenAll(Enumerable.Range(0, 200)
            .Select(n => desk.AskAsync(new { concept = other, prompt = "a *", count = 1, samplingSteps = 1 })));

        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await Expect(page.Locator(".phase")).ToContainTextAsync("Learned");
        var more = page.Locator("#more-pictures");
        while (await more.IsVisibleAsync())
        {
            await more.ClickAsync();
            await Expect(page.Locator("#more-pictures:not([disabled])")).ToHaveCountAsync(1);
        }
        await Expect(page.Locator(".tile[data-state=ready]")).ToHaveCountAsync(640);
        await Expect(page.Locator(".request .said").Last).ToContainTextAsync("number");

        // What is not in sight is not read, and what is read is small.
        var read = await page.EvaluateAsync<string[]>(
            "() => performance.getEntriesByType('resource').map(e => e.name).filter(name => name.includes('/images/'))");
        Assert.InRange(read.Length, 1, 400);
        Assert.All(read, name => Assert.EndsWith("?w=512", name, StringComparison.Ordinal));
        await desk.DeleteAsync($"/concepts/{other}");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Settings_of_then_draw_the_same_although_another_training_is_the_default_now()
    {
        var concept = await desk.LearnedAsync(photos: 3);
        var reference = (string)(await desk.GetAsync($"/concepts/{concept}"))["photos"]![1]!["id"]!;
        var first = await desk.DrawnAsync(new
        {
            concept, prompt = "a photo of * at sea", negativePrompt = "people", count = 3, samplingSteps = 2, sampler = "euler",
            references = new[] { reference },
        });
        await desk.TrainedAsync(concept, 5);

        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await page.GetByRole(AriaRole.Button, new() { Name = "Use these settings:" }).ClickAsync();
        await Expect(page.Locator("#prompt")).ToBeFocusedAsync();
        await page.ClickAsync("#draw");
        await Expect(page.Locator(".tile[data-state=ready]")).ToHaveCountAsync(6);
        var again = await NewestAsync(concept);
        Assert.True(JsonNode.DeepEquals(first["sampling"], again["sampling"]), $"{first["sampling"]}\n{again["sampling"]}");
        for (var i = 0; i < 3; i++)
            Assert.Equal(await PixelsAsync((string)first["images"]![i]!), await PixelsAsync((string)again["images"]![i]!));

        // One picture of them: what it was made with stands beside it, and it comes again alone.
        await page.Locator(".request").Last.Locator(".tile .open").Nth(1).ClickAsync();
        var facts = page.Locator(".lightbox .facts");
        foreach (var fact in new[] { "Euler", "people", "2.png", "step 3 of", $"{(long)first["sampling"]!["seed"]! + 1}" })
            await Expect(facts).ToContainTextAsync(fact);
        await page.Locator(".lightbox").GetByText("Use these settings").ClickAsync();
        await Expect(page.Locator(".lightbox")).ToHaveCountAsync(0);
        await page.Locator("#prompt").PressAsync("Enter");
        await Expect(page.Locator(".tile[data-state=ready]")).ToHaveCountAsync(7);
        var alone = await NewestAsync(concept);
        Assert.Equal(await PixelsAsync((string)first["images"]![1]!), await PixelsAsync((string)alone["images"]![0]!));

        await Browser.NothingSeriousAsync(page);
        await Browser.ShootAsync(page, "studio-settings");

        // A photo that is gone is said to be gone.
        await desk.DeleteAsync($"/concepts/{concept}/photos/{reference}");
        await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Use these settings:" }).First.ClickAsync();
        await Expect(page.Locator(".draw [role=status]")).ToContainTextAsync("a photo that it was drawn by is not there any more");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Each_drawing_has_another_seed_until_one_is_kept()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        async Task<long> DrawAsync(int pictures)
        {
            await page.ClickAsync("#draw");
            await Expect(page.Locator(".tile[data-state=ready]")).ToHaveCountAsync(pictures);
            return (long)(await NewestAsync(concept))["sampling"]!["seed"]!;
        }
        await page.Locator(".segments input[value='1']").CheckAsync();
        var (one, two) = (await DrawAsync(1), await DrawAsync(2));
        Assert.NotEqual(one, two);
        var keep = page.GetByRole(AriaRole.Button, new() { Name = "Keep this seed" });
        await Expect(keep).ToHaveAttributeAsync("aria-pressed", "false");
        await keep.PressAsync("Enter");
        await Expect(page.Locator("#sampling-seed")).ToHaveValueAsync($"{two}");
        Assert.Equal(two, await DrawAsync(3));
        await keep.PressAsync("Enter");
        await Expect(page.Locator("#sampling-seed")).ToHaveValueAsync("");
        Assert.NotEqual(two, await DrawAsync(4));
    }

    [Fact]
    public async Task The_end_of_a_drawing_is_told_and_all_that_wait_are_cancelled_at_once()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        for (var n = 0; n < 2; n++) await desk.DrawnAsync(new { concept, prompt = "*", count = 1, samplingSteps = 1 });
        await page.Locator(".segments input[value='2']").CheckAsync();
        await page.ClickAsync("#draw");
        await Expect(page).ToHaveTitleAsync("Drawn · Teapot · ViCo studio");
        await Expect(page.Locator("#announcer")).ToHaveTextAsync("2 pictures of “a photo of S★” are there.");
        await page.Keyboard.PressAsync("Shift");                // somebody is back
        await Expect(page).ToHaveTitleAsync("Teapot · ViCo studio");

        for (var n = 0; n < 25; n++) await desk.AskAsync(new { concept, prompt = $"* {n}", count = 1, samplingSteps = 1000 });
        await Expect(page).ToHaveTitleAsync(new System.Text.RegularExpressions.Regex("^Drawing"));
        await Expect(page.Locator(".request .note").First).ToContainTextAsync("before it · starts in");
        var training = await desk.Host.TrainAsync(concept, 1, desk.Elsewhere);
        await Expect(page.Locator(".training .facts")).ToContainTextAsync("before it");
        await desk.Elsewhere.PostAsync(new Uri($"/jobs/{training}/cancel", UriKind.Relative), null, Stop);
        var cancel = page.Locator("#cancel-drawings");
        await Expect(cancel).ToContainTextAsync("Cancel all");
        await cancel.ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByText("Cancel all").ClickAsync();
        await Expect(cancel).ToBeHiddenAsync();
        var open = await desk.GetAsync($"/jobs?concept={concept}&state=queued,running");
        Assert.Empty(open["jobs"]!.AsArray());
    }

    [Fact]
    public async Task What_is_deleted_elsewhere_goes_from_the_page()
    {
        var concept = await desk.LearnedAsync();
        var kept = await desk.DrawnAsync(new { concept, prompt = "first *", count = 2, samplingSteps = 1 });
        var gone = await desk.DrawnAsync(new { concept, prompt = "second *", count = 1, samplingSteps = 1 });
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await Expect(page.Locator(".tile[data-state=ready]")).ToHaveCountAsync(3);

        await desk.DeleteAsync($"/images/{(string)kept["images"]![0]!}");
        await desk.DeleteAsync($"/jobs/{(string)gone["id"]!}");
        await Expect(page.Locator(".tile")).ToHaveCountAsync(1);
        await Expect(page.Locator(".request")).ToHaveCountAsync(1);
        await desk.DeleteAsync($"/concepts/{concept}/photos/{(await desk.GetAsync($"/concepts/{concept}"))["photos"]![0]!["id"]}");
        await Expect(page.Locator(".photo")).ToHaveCountAsync(1);

        await desk.DeleteAsync($"/concepts/{concept}");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Deleted");
        await Expect(page.Locator($"nav [data-key='{concept}']")).ToHaveCountAsync(0);
        await page.GetByText("To the other objects").ClickAsync();
        await Expect(page.Locator("main h1")).Not.ToHaveTextAsync("Deleted");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Deleting_what_somebody_else_has_deleted_ends_well()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        // The feed says nothing of it: the page does not know.
        await page.RouteWebSocketAsync("**/hubs/studio?*", socket => socket.ConnectToServer().OnMessage(frame =>
        {
            if (frame.Text?.Contains("\"deleted\"", StringComparison.Ordinal) == false) socket.Send(frame.Text);
        }));
        await page.ReloadAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete this concept" }).ClickAsync();
        List<int> answers = [];
        await page.RouteAsync($"**/concepts/{concept}", async route =>
        {
            if (route.Request.Method == "DELETE")
            {
                answers.Add((int)(await desk.DeleteAsync($"/concepts/{concept}")).StatusCode);
                var answer = await route.FetchAsync();
                answers.Add(answer.Status);
                await route.FulfillAsync(new() { Response = answer });
            }
            else
            {
                await route.ContinueAsync();
            }
        });
        await page.GetByRole(AriaRole.Dialog).GetByText("Delete", new() { Exact = true }).ClickAsync();
        await Expect(page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex(concept));
        await Expect(page.Locator("main h1")).Not.ToHaveTextAsync("Deleted");
        await Expect(page.Locator($"nav [data-key='{concept}']")).ToHaveCountAsync(0);
        Assert.Equal([204, 404], answers);
        Assert.Empty(window.Complaints);
    }

    private async Task<JsonNode> NewestAsync(string concept) =>
        (await desk.GetAsync($"/jobs?concept={concept}&kind=sampling&limit=1"))["jobs"]![0]!;

    /// <summary>A digest of a picture's pixels.</summary>
    private async Task<string> PixelsAsync(string image)
    {
        var png = await desk.Elsewhere.GetByteArrayAsync(new Uri($"/images/{image}", UriKind.Relative), Stop);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(ViCo.Pictures.PictureCodec.Decode(png, image).Rgb));
    }
}
