using System.Net.Http.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>The studio without a mouse: focus that stays, and a prompt that nothing takes away.</summary>
[Collection(nameof(StudioDesk))]
public sealed class StudioKeyboardTests(StudioDesk desk)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Focus_stays_where_it_is_when_something_changes_elsewhere()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync("#/new");
        await using var _ = window;
        var link = page.Locator($"nav [data-key='{concept}'] a");
        await link.FocusAsync();
        await OkAsync(await desk.Elsewhere.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Renamed" }, Stop));
        await desk.Host.NewConceptAsync(desk.Elsewhere, photos: 1);
        await Expect(link).ToContainTextAsync("Renamed");
        await Expect(link).ToBeFocusedAsync();
        await link.PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Renamed");
        await Expect(link).ToBeFocusedAsync();

        await page.Locator(".drop").FocusAsync();
        await page.SetInputFilesAsync("#photo-input", StudioDesk.File(5));
        await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(3);
        await Expect(page.Locator(".drop")).ToBeFocusedAsync();

        await page.FocusAsync("#prompt");
        await desk.TrainedAsync(concept, 4);
        await Expect(page.Locator(".run-list > li")).ToHaveCountAsync(2);
        await Expect(page.Locator("#prompt")).ToBeFocusedAsync();
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Whoever_walks_through_pictures_comes_back_to_the_last_one()
    {
        var concept = await desk.LearnedAsync();
        await desk.DrawnAsync(new { concept, prompt = "a *", count = 3, samplingSteps = 1 });
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await page.Locator(".tile .open").First.PressAsync("Enter");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".tile .open").Nth(1)).ToBeFocusedAsync();
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_name_and_a_word_that_were_mistyped_are_changed_in_place()
    {
        var concept = await desk.Host.NewConceptAsync(desk.Elsewhere);
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var (name, word) = (page.GetByRole(AriaRole.Button, new() { Name = "Change its name" }),
            page.GetByRole(AriaRole.Button, new() { Name = "Change the word it starts from" }));
        await name.PressAsync("Enter");
        await page.GetByRole(AriaRole.Dialog).Locator("input").FillAsync("Mary's cup");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToHaveTextAsync("Mary's cup");
        await Expect(page.Locator($"nav [data-key='{concept}'] b")).ToHaveTextAsync("Mary's cup");
        await Expect(page).ToHaveTitleAsync("Mary's cup · ViCo studio");
        await Expect(name).ToBeFocusedAsync();
        await word.PressAsync("Enter");
        await page.GetByRole(AriaRole.Dialog).Locator("input").FillAsync("cup");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".lead b")).ToHaveTextAsync("cup");
        Assert.Equal(2, (await desk.GetAsync($"/concepts/{concept}"))["photos"]!.AsArray().Count);

        await desk.TrainedAsync(concept, 2);
        await Expect(page.Locator(".phase")).ToContainTextAsync("Learned");
        await Expect(word).ToHaveCountAsync(0);
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Undo_brings_the_prompt_back_letter_by_letter_and_star_by_star()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var prompt = page.Locator("#prompt");
        await prompt.FillAsync("my careful prompt of *");
        await Expect(prompt).ToHaveTextAsync("my careful prompt of S★");
        await prompt.PressAsync("End");
        await page.Keyboard.TypeAsync(" and S* by the sea");
        await Expect(prompt.Locator(".star-chip")).ToHaveCountAsync(2);
        await Expect(prompt).ToHaveTextAsync("my careful prompt of S★ and S★ by the sea");
        await page.Locator(".idea").First.ClickAsync();
        await Expect(prompt).ToHaveTextAsync("a photo of S★ on the beach");
        await page.Keyboard.PressAsync("Control+z");
        await Expect(prompt).ToHaveTextAsync("my careful prompt of S★ and S★ by the sea");
        await Expect(prompt.Locator(".star-chip")).ToHaveCountAsync(2);

        // Not sent yet, and still there after a reload and a look at another object.
        await page.ReloadAsync();
        await Expect(prompt).ToHaveTextAsync("my careful prompt of S★ and S★ by the sea");
        await page.ClickAsync("nav .new");
        await Expect(page.Locator("#name")).ToBeFocusedAsync();
        await page.GoBackAsync();
        await Expect(prompt).ToHaveTextAsync("my careful prompt of S★ and S★ by the sea");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task What_an_input_method_composes_is_neither_sent_nor_cut()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        var prompt = page.Locator("#prompt");
        await prompt.FillAsync("a * ");
        await prompt.PressAsync("End");
        var keys = await window.Context.NewCDPSessionAsync(page);
        await keys.SendAsync("Input.imeSetComposition", new() { ["text"] = "うみ", ["selectionStart"] = 2, ["selectionEnd"] = 2 });
        await keys.SendAsync("Input.dispatchKeyEvent",
            new() { ["type"] = "rawKeyDown", ["key"] = "Enter", ["code"] = "Enter", ["windowsVirtualKeyCode"] = 229 });
        await Expect(prompt).ToContainTextAsync("うみ");
        await keys.SendAsync("Input.insertText", new() { ["text"] = "海" });
        await Expect(prompt).ToHaveTextAsync("a S★ 海");
        await Expect(prompt.Locator(".star-chip")).ToHaveCountAsync(1);
        await Expect(page.Locator(".request")).ToHaveCountAsync(0);
        await prompt.PressAsync("Enter");
        await Expect(page.Locator(".request .said")).ToHaveTextAsync("a S★ 海");
        Assert.Empty(window.Complaints);
    }
}
