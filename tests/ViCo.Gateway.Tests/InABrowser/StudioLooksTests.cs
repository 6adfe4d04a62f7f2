using Microsoft.Playwright;
using ViCo.Tests;
using static Microsoft.Playwright.Assertions;

namespace ViCo.Gateway.Tests.InABrowser;

/// <summary>What can be seen: on a phone, in the dark, in forced colours; and that nothing on a page jumps.</summary>
[Collection(nameof(StudioDesk))]
public sealed class StudioLooksTests(StudioDesk desk)
{
    /// <summary>WCAG's contrast of a property with the background behind it, for each element that a selector finds.</summary>
    private const string Contrast = """
        ([selector, property]) => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgb = colour => {
            canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
          };
          const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => {
            for (let one = element.parentElement; one; one = one.parentElement) {
              const colour = rgb(getComputedStyle(one).backgroundColor);
              if (colour[3] === 255) return colour;
            }
            return [255, 255, 255];
          };
          return [...document.querySelectorAll(selector)].filter(element => element.checkVisibility()).map(element => {
            const value = getComputedStyle(element)[property], colour = /(rgb|color)[^)]*\)/.exec(value)?.[0] ?? value;
            const [a, b] = [light(rgb(colour)), light(behind(element))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          });
        }
        """;

    [Fact]
    public async Task A_phone_shows_the_first_page_whole()
    {
        var (window, page) = await desk.OpenAsync("#/new", new() { ViewportSize = new() { Width = 390, Height = 844 } });
        await using var _ = window;
        Assert.InRange(await page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"), 300, 390);
        var right = await page.EvalOnSelectorAllAsync<double>("main input, main button, main p",
            "all => Math.max(...all.map(one => one.getBoundingClientRect().right))");
        Assert.InRange(right, 0, 390);
        await Browser.NothingSeriousAsync(page);
        await Browser.ShootAsync(page, "studio-new");
    }

    [Fact]
    public async Task Where_a_field_ends_and_what_is_chosen_can_be_seen_in_light_in_the_dark_and_in_forced_colours()
    {
        var concept = await desk.LearnedAsync();
        var (window, page) = await desk.OpenAsync($"#/c/{concept}");
        await using var _ = window;
        await page.Locator(".draw summary").ClickAsync();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var (selector, property) in new[]
            {
                (".draw input[type=number]", "borderTopColor"), (".draw select", "borderTopColor"), (".segments", "borderTopColor"),
                (".composer", "borderTopColor"), (".segments input:checked + span", "boxShadow"),
            })
            {
                var found = await page.EvaluateAsync<double[]>(Contrast, new[] { selector, property });
                Assert.NotEmpty(found);
                Assert.All(found, contrast => Assert.True(contrast >= 3, $"{scheme}: {selector} has {contrast:0.00}:1"));
            }
            await Browser.NothingSeriousAsync(page);
        }
        await page.EmulateMediaAsync(new() { ForcedColors = ForcedColors.Active });
        var outlines = await page.EvalOnSelectorAllAsync<string[]>(".segments span",
            "all => all.map(one => `${one.previousSibling.checked} ${getComputedStyle(one).outlineStyle}`)");
        Assert.Equal(["false none", "true solid"], outlines.Distinct().Order());
    }

    [Fact]
    public async Task Nothing_jumps_while_a_page_comes_and_the_pictures_at_the_side_are_small()
    {
        var concept = await desk.LearnedAsync();
        await desk.DrawnAsync(new { concept, prompt = "a *", count = 4, samplingSteps = 1 });
        foreach (var width in new[] { 1280, 390 })
        {
            var (window, page) = await desk.OpenAsync("#/new", new() { ViewportSize = new() { Width = width, Height = 860 } });
            await using var _ = window;
            await page.AddInitScriptAsync(
                "window.jumps = 0; new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) "
                + "window.jumps += entry.value; }).observe({ type: 'layout-shift', buffered: true });");
            await page.GotoAsync(new Uri(desk.Host.Address, $"/?again#/c/{concept}").ToString());
            await Expect(page.Locator(".tile img.shown")).ToHaveCountAsync(4);
            await page.WaitForTimeoutAsync(300);
            Assert.InRange(await page.EvaluateAsync<double>("() => window.jumps"), 0, 0.05);
            var aside = await page.EvalOnSelectorAllAsync<string[]>("nav img, .photo img", "all => all.map(one => one.src)");
            Assert.NotEmpty(aside);
            Assert.All(aside, source => Assert.Matches(@"\?w=(96|256)$", source));
            Assert.Equal("lazy", await page.EvalOnSelectorAsync<string>("nav img", "one => one.loading"));
        }
    }

    [Fact]
    public async Task The_page_says_who_is_signed_in()
    {
        var (window, page) = await desk.OpenAsync("#/new");
        await using var _ = window;
        var tenant = (string)(await desk.GetAsync("/session"))["tenant"]!;
        await Expect(page.Locator("#who")).ToHaveTextAsync($"{tenant} user");
        await page.ClickAsync("#sign-out");
        await Expect(page.Locator("#who")).ToBeHiddenAsync();
        await Expect(page.Locator("#key")).ToBeVisibleAsync();
    }
}
