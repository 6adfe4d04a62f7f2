using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using ViCo.Cli;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Engine.Rehearsal;
using ViCo.Options;
using ViCo.Pictures;
using ViCo.Tests;
using static Microsoft.Playwright.Assertions;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>
/// An option that is in a list and nowhere else is at every door: command line, REST, form, base model's defaults, pictures, fingerprint.
/// </summary>
public sealed class NewOptionTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly Options.Option<double> _warmth =
        Options.Option.Number("warmth", 0, 1, 0.25, "How warm it looks; more is redder.") with
    {
        Since = 2,
    };

    private static readonly OptionCatalog _catalog = OptionCatalog.Default with
    {
        Common = OptionCatalog.Default.Common.And(_warmth), Sampling = OptionCatalog.Default.Sampling.And(_warmth),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_command_line_explains_and_checks_it()
    {
        foreach (var verb in new[] { "train", "sample" })
        {
            var root = new RootCommand { TrainCommand.Create(_catalog), SampleCommand.Create(_catalog) };
            TeachingHelp.Install(root);
            using var help = new StringWriter();
            Assert.Equal(0, root.Parse([verb, "--help"]).Invoke(new() { Output = help }));
            var words = string.Join(' ', help.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains("--warmth <X> How warm it looks; more is redder. 0 to 1. Default: 0.25.", words, StringComparison.Ordinal);
            Assert.Contains("--warmth is 2; 0 to 1 is wanted.", root.Parse([verb, "--warmth", "2"]).Errors.Select(e => e.Message));
        }
    }

    [Fact]
    public async Task It_goes_from_the_form_into_a_training_and_a_picture_and_vico_json_has_its_default()
    {
        var model = Directory.CreateTempSubdirectory("vico-model-").FullName;
        await using var host =
            new GatewayHost(_catalog, new() { ["ViCo:Engine:Kind"] = "torch", ["ViCo:Engine:Model"] = ToyboxWith(model) });
        await host.InitializeAsync();

        // REST says its bounds.
        var document = await OkAsync(await host.Client.GetAsync("/openapi/v1.json", Stop));
        foreach (var path in new[] { "/concepts/{concept}/trainings", "/images" })
        {
            var field = OptionsTests.Fields(document, path)["warmth"]!;
            Assert.Equal((0.0, 1.0, 0.25), ((double)field["minimum"]!, (double)field["maximum"]!, (double)field["default"]!));
            Assert.Equal(_warmth.Help, (string?)field["description"]);
        }
        var concept = await host.NewConceptAsync();
        var refused = await ProblemAsync(
            await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { warmth = 2 }, Stop), HttpStatusCode.BadRequest,
            "invalid_field");
        Assert.Equal("warmth is 2; wanted 0 to 1.", (string?)refused["detail"]);

        // A training whose warmth is vico.json's, which its checkpoint tells; going on with another warmth would be another training.
        await using var window = await browser.OpenAsync();
        var page = await window.Context.NewPageAsync();
        window.Listen(page);
        await SignInAsync(page, host, concept);
        var training = await FieldAsync(page, ".train-form");
        await Expect(training).ToHaveAttributeAsync("placeholder", "0.5");
        await page.GetByRole(AriaRole.Spinbutton, new() { Name = "Steps" }).FillAsync("1");
        await page.ClickAsync("#train");
        var run = await host.EndAsync(await NewestJobAsync(host, concept, "training"));
        Assert.Equal("succeeded", (string?)run["state"]);
        Assert.Matches("""warmth(\\u0022|\\"):0\.5""", await host.Client.GetStringAsync($"/concepts/{concept}/checkpoints/1", Stop));
        var other = await host.Client.PostAsJsonAsync($"/concepts/{concept}/runs/{(string?)run["id"]}/extensions",
            new { steps = 2, warmth = 0.9 }, Stop);
        Assert.Contains("its own warmth", await other.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);

        // A picture with a warmth of its own says so.
        var drawing = await FieldAsync(page, ".draw");
        await Expect(drawing).ToHaveAttributeAsync("placeholder", "0.75");
        Assert.Equal("0 1 How warm it looks; more is redder.",
            string.Join(' ', await drawing.GetAttributeAsync("min"), await drawing.GetAttributeAsync("max"),
            await page.Locator($"#{await drawing.GetAttributeAsync("aria-describedby")}").TextContentAsync()));
        await Browser.ShootAsync(page, "studio-options");
        await drawing.FillAsync("1");
        await page.Locator(".draw").GetByLabel("Sampling steps").FillAsync("1");
        await page.Locator(".segments input[value='1']").CheckAsync();
        await page.FillAsync("#prompt", "a *");
        await page.ClickAsync("#draw");
        await Expect(page.Locator(".tile img.shown")).ToHaveCountAsync(1, new() { Timeout = 60_000 });
        var address = (await page.Locator(".tile img").GetAttributeAsync("src"))!.Split('?')[0];      // the tile's is a small copy
        var picture = await host.Client.GetByteArrayAsync(new Uri(address, UriKind.Relative), Stop);
        Assert.Equal("1", Assert.Single(PictureText.Read(picture), t => t.Keyword == "warmth").Text);
        await page.Locator(".tile .open").ClickAsync();
        await Expect(page.Locator(".lightbox .facts")).ToContainTextAsync("Warmth1");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task At_its_default_it_moves_no_fingerprint_and_off_it_does()
    {
        TrainingRequest begun = new([new("1.png", Sample(1))], "teapot", OptionValues.None.With(TrainingOption.Steps, 2));
        await using var before = new RehearsalEngine();
        await using var after = new RehearsalEngine(catalog: _catalog);
        var whole = new Files();
        await before.TrainAsync(begun, whole, Stop);

        // A training that a program without the option paused goes on and ends in the same bytes.
        var paused = new Files { PauseRequested = true };
        await before.TrainAsync(begun, paused, Stop);
        var ended = new Files();
        await after.TrainAsync(begun with { Resume = [paused.Resume!] }, ended, Stop);
        Assert.Equal(WithoutOptions(whole.Checkpoint), WithoutOptions(ended.Checkpoint));

        var warm = begun with { Options = begun.Options.With(_warmth, 0.5), Resume = [paused.Resume!] };
        var foreign = await Assert.ThrowsAsync<InvalidDataException>(() => after.TrainAsync(warm, new Files(), Stop));
        Assert.Contains("warmth is 0.5, and was unset", foreign.Message, StringComparison.Ordinal);

        static byte[] WithoutOptions(byte[] checkpoint) => checkpoint[^32..];        // the rehearsal's chain over all steps
    }

    /// <summary>The toybox whose recipe says a warmth for trainings and another for drawings.</summary>
    private static string ToyboxWith(string folder)
    {
        foreach (var entry in new DirectoryInfo(Repository.PathOf("models", "toybox")).EnumerateFileSystemInfos()
            .Where(e => e.Name != "vico.json"))
            File.CreateSymbolicLink(Path.Combine(folder, entry.Name), entry.FullName);
        var recipe = JsonNode.Parse(File.ReadAllText(Repository.PathOf("models", "toybox", "vico.json")),
            documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!;
        (recipe["training"]!["warmth"], recipe["sampling"]!["warmth"]) = (0.5, 0.75);
        File.WriteAllText(Path.Combine(folder, "vico.json"), recipe.ToJsonString());
        Assert.Equal(0.5, BaseModelDefaults.Read(folder, _catalog).Training.Get(_warmth));
        return folder;
    }

    private static async Task SignInAsync(IPage page, GatewayHost host, string concept)
    {
        await page.GotoAsync(new Uri(host.Address, $"/#/c/{concept}").ToString());
        await page.FillAsync("#key", host.Admin.ApiKey);
        await page.ClickAsync("#sign-in");
        await Expect(page.Locator("#train")).ToBeEnabledAsync();
    }

    /// <summary>The field of the new option in a form that shows every option.</summary>
    private static async Task<ILocator> FieldAsync(IPage page, string form)
    {
        var advanced = page.Locator($"{form} details.advanced");
        if (await advanced.GetAttributeAsync("open") is null) await advanced.Locator("summary").ClickAsync();
        await page.Locator(form).GetByLabel("Every option").CheckAsync();
        return page.Locator(form).GetByLabel("Warmth");
    }

    private static async Task<string> NewestJobAsync(GatewayHost host, string concept, string kind)
    {
        for (; ; await Task.Delay(50, Stop))
        {
            var jobs = await OkAsync(await host.Client.GetAsync($"/jobs?concept={concept}&kind={kind}", Stop));
            if (jobs["jobs"]!.AsArray() is [{ } newest, ..]) return (string)newest["id"]!;
        }
    }

    /// <summary>What a training writes, its newest of each.</summary>
    private sealed class Files : ITrainingObserver
    {
        public bool PauseRequested { get; init; }

        public byte[] Checkpoint { get; private set; } = [];

        public StoredFile? Resume { get; private set; }

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step)
        {
        }

        public void OnWarning(string message)
        {
        }

        public void OnCheckpoint(int step, Action<Stream> write) => Checkpoint = Written(write);

        public void OnResumePoint(int step, Action<Stream> write)
        {
            var bytes = Written(write);
            Resume = new("resume", () => new MemoryStream(bytes, writable: false));
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }

        private static byte[] Written(Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            return stream.ToArray();
        }
    }
}
