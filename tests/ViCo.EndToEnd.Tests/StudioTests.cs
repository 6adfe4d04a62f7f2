using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ViCo.EndToEnd.Tests.Processes;
using static Microsoft.Playwright.Assertions;

namespace ViCo.EndToEnd.Tests;

/// <summary>A person at a browser: photos in, pictures out, with the real engine behind it.</summary>
public sealed partial class StudioTests(Browser browser) : IClassFixture<Browser>
{
    private const float Patience = 360_000;                 // ms: training runs on whatever cores are left

    [Theory]
    [InlineData("rehearsal", 900, 64)]
    [InlineData("torch", 30, 128)]
    public async Task Photos_become_a_picture_in_a_browser_and_every_tab_sees_it(string engine, int steps, int side)
    {
        var data = Directory.CreateTempSubdirectory("vico-studio-").FullName;
        try
        {
            await using var host = await UpHost.StartAsync(data, "--engine", engine);
            await using var window = await browser.OpenAsync();
            var page = await window.Context.NewPageAsync();
            window.Listen(page);
            await SignInAsync(page, host);

            // A new object: words, six photos and something that is none.
            await page.FillAsync("#name", "Striped teapot");
            await page.FillAsync("#init-word", "teapot");
            var notes = Path.Combine(data, "notes.txt");
            await File.WriteAllTextAsync(notes, "not a photo", Stop);
            await page.SetInputFilesAsync("#photo-input",
                [.. Directory.EnumerateFiles(Programs.TeapotPhotos).Order(StringComparer.Ordinal), notes]);
            await Expect(page.Locator(".photo[data-state=accepted]")).ToHaveCountAsync(6);
            await Expect(page.Locator(".photo[data-state=rejected] .reason")).ToContainTextAsync("notes.txt");
            await page.Locator(".photo[data-state=rejected] .remove").PressAsync("Enter");
            await Expect(page.Locator(".photo[data-state=rejected]")).ToHaveCountAsync(0);
            Assert.Matches(@"#/c/\w+$", page.Url);

            // Learning: seen here, in a second tab, and after a reload.
            await page.Locator(".train-form summary").ClickAsync();
            await page.Locator(".train-form").GetByRole(AriaRole.Spinbutton, new() { Name = "Steps" }).FillAsync($"{steps}");
            await page.ClickAsync("#train");
            var bar = page.GetByRole(AriaRole.Progressbar, new() { Name = "Training" });
            await Expect(bar).ToHaveAttributeAsync("aria-valuemax", $"{steps}", new() { Timeout = Patience });
            var other = await window.Context.NewPageAsync();
            window.Listen(other);
            await other.GotoAsync(page.Url);
            await Expect(other.GetByRole(AriaRole.Progressbar, new() { Name = "Training" }))
                .ToHaveAttributeAsync("aria-valuetext", StepsSoFar(), new() { Timeout = Patience });
            await page.ReloadAsync();
            await Expect(page.Locator(".phase")).ToContainTextAsync("Learned", new() { Timeout = Patience });
            await Expect(other.Locator(".phase")).ToContainTextAsync("Learned", new() { Timeout = Patience });
            await other.Locator(".story summary").ClickAsync();
            await Expect(other.Locator(".chart")).ToHaveAttributeAsync("data-points", $"{steps}");
            await Expect(other.Locator(".chart .smooth")).ToHaveAttributeAsync("d", Curve());

            // Drawing, by keyboard alone.
            await page.FocusAsync("#prompt");
            await page.Keyboard.PressAsync("End");
            await page.Keyboard.TypeAsync(" on the beach, and another * beside it");
            await Expect(page.Locator("#prompt .star-chip")).ToHaveCountAsync(2);
            await page.Locator(".segments input[value='2']").CheckAsync();
            await page.FillAsync("#sampling-seed", "42");
            await page.Locator("#prompt").PressAsync("Enter");
            await Expect(page.Locator(".tile")).ToHaveCountAsync(2);
            await Expect(page.Locator(".tile img.shown")).ToHaveCountAsync(2, new() { Timeout = Patience });
            Assert.Equal(side, await page.EvalOnSelectorAsync<int>(".tile img", "picture => picture.naturalWidth"));
            await Expect(page.Locator(".request .said")).ToHaveTextAsync("a photo of S★ on the beach, and another S★ beside it");

            var source = await page.Locator(".tile img").First.GetAttributeAsync("src");
            await Expect(other.Locator($".tile img[src='{source}'].shown")).ToBeVisibleAsync(new() { Timeout = 30_000 });

            // A closer look, and back by Escape to where one was.
            await page.Locator(".tile .open").First.PressAsync("Enter");
            await Expect(page.Locator(".lightbox .facts")).ToContainTextAsync("42");
            await page.Keyboard.PressAsync("ArrowRight");
            await Expect(page.Locator(".lightbox .facts")).ToContainTextAsync("43");
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator(".tile .open").First).ToBeFocusedAsync();

            await page.BringToFrontAsync();                     // a page behind another draws no frames
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                await Browser.NothingSeriousAsync(page);
            }
            await Browser.ShootAsync(page, $"studio-{engine}");
            Assert.Empty(window.Complaints);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task The_studio_follows_a_training_through_the_death_of_its_server()
    {
        var data = Directory.CreateTempSubdirectory("vico-studio-").FullName;
        try
        {
            var port = Child.FreePort();
            await using var window = await browser.OpenAsync();
            var page = await window.Context.NewPageAsync();
            await using (var host = await UpHost.StartAsync(data, port, "--engine", "rehearsal"))
            {
                var concept = await host.User.CreateTeapotAsync();
                await host.User.TrainAsync(concept, 2000);
                await SignInAsync(page, host);
                await page.GotoAsync(new Uri(host.Address, $"/#/c/{concept}").ToString());
                await Expect(page.GetByRole(AriaRole.Progressbar, new() { Name = "Training" }))
                    .ToHaveAttributeAsync("aria-valuetext", StepsPast300(), new() { Timeout = Patience });
                await host.Process.KillAsync();
            }
            await Expect(page.Locator("#connection")).ToHaveAttributeAsync("data-state", "reconnecting", new() { Timeout = 30_000 });
            await Task.Delay(TimeSpan.FromSeconds(5), Stop);        // a shorter gap is mended without a word

            await using (var host = await UpHost.StartAsync(data, port, "--engine", "rehearsal"))
            {
                await Expect(page.Locator("#connection")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 30_000 });
                await Expect(page.Locator("#banner")).ToContainTextAsync("caught up");
                await Expect(page.Locator(".phase")).ToContainTextAsync("Learned", new() { Timeout = Patience });
                // The page was never reloaded: the curve holds every step once, before and after the crash.
                await Expect(page.Locator(".chart")).ToHaveAttributeAsync("data-points", "2000");
                await Expect(page.Locator(".chart")).ToHaveAttributeAsync("data-last", "2000");
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task An_idle_tab_asks_for_nothing_and_hears_of_what_happens_elsewhere()
    {
        var data = Directory.CreateTempSubdirectory("vico-studio-").FullName;
        try
        {
            await using var host = await UpHost.StartAsync(data, "--engine", "rehearsal");
            for (var i = 0; i < 3; i++) await host.User.CreateTeapotAsync();
            await using var window = await browser.OpenAsync();
            var page = await window.Context.NewPageAsync();
            window.Listen(page);
            var wire = await window.Context.NewCDPSessionAsync(page);
            var (bytes, requests) = (0L, 0);
            wire.Event("Network.requestWillBeSent").OnEvent += (_, _) => Interlocked.Increment(ref requests);
            wire.Event("Network.dataReceived").OnEvent += (_, e) =>
                Interlocked.Add(ref bytes, e!.Value.GetProperty("dataLength").GetInt64());
            wire.Event("Network.webSocketFrameReceived").OnEvent += (_, e) =>
                Interlocked.Add(ref bytes, e!.Value.GetProperty("response").GetProperty("payloadData").GetString()!.Length);
            await wire.SendAsync("Network.enable");
            await SignInAsync(page, host);
            await Expect(page.Locator("nav li")).ToHaveCountAsync(3);
            await page.WaitForFunctionAsync("() => [...document.querySelectorAll('nav img, .photo img')].every(image => image.complete)");
            await Task.Delay(TimeSpan.FromSeconds(2), Stop);

            var seconds = 15;
            (bytes, requests) = (0, 0);
            await Task.Delay(TimeSpan.FromSeconds(seconds), Stop);
            var (anHour, asked) = (Interlocked.Read(ref bytes) * 3600 / seconds, requests);
            TestContext.Current.TestOutputHelper
                ?.WriteLine($"An idle tab: {anHour} bytes and {asked * 3600 / seconds} requests an hour, over {seconds} s.");
            Assert.Equal(0, asked);
            Assert.InRange(anHour, 1, 500_000);

            await host.User.PostAsync("/concepts", new { name = "From elsewhere", initWord = "cup" });
            await Expect(page.Locator("nav")).ToContainTextAsync("From elsewhere", new() { Timeout = 5_000 });
            Assert.Empty(window.Complaints);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task SignInAsync(IPage page, UpHost host)
    {
        await page.GotoAsync(host.Address.ToString());
        await page.FillAsync("#key", "vico_default_wrong");
        await page.ClickAsync("#sign-in");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no ViCo API key");
        await page.FillAsync("#key", host.Key);
        await page.Locator("#key").PressAsync("Enter");
        await Expect(page.Locator("#connection")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 30_000 });
    }

    [GeneratedRegex(@"^step \d+ of \d+$")] private static partial Regex StepsSoFar();

    [GeneratedRegex(@"^step ([3-9]\d\d|1\d{3}) of 2000$")] private static partial Regex StepsPast300();

    [GeneratedRegex(@"^(M|L).{300,}")] private static partial Regex Curve();
}
