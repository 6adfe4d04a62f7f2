using System.CommandLine;
using System.Text.Json;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Cli.Demo;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary><c>vico demo</c>: the whole platform, from photos to pictures, through its public API.</summary>
internal static class DemoCommand
{
    private static readonly string[] Places = ["a photo of a * on the beach", "a photo of a * in the jungle", "a photo of a * in the snow"];

    public static Command Create()
    {
        var photos = new System.CommandLine.Option<string?>("--photos")
        {
            Description = "Folder with photos of your object. Default: the sample teapot.",
            HelpName = "DIR",
        };
        var word = new System.CommandLine.Option<string?>("--init-word")
        {
            Description = "One word near your object's class. Needed with --photos.",
            HelpName = "WORD",
        };
        var prompts = new System.CommandLine.Option<string[]>("--prompt")
        {
            Description = "What to draw; * stands for the object. May be repeated. Default: beach, jungle and snow.",
            HelpName = "TEXT",
        };
        var options = new ListedOptions(new([TrainingOption.Steps, SamplingOption.Count, SamplingOption.Seed]));
        var output = new System.CommandLine.Option<string?>("--out")
        {
            Description = "Folder for everything the demo makes. Default: out/CONCEPT.",
            HelpName = "DIR",
        };
        var data = new System.CommandLine.Option<string?>("--data")
        {
            Description = "Data folder of the platform. Default: OUT/platform, begun anew each time.",
            HelpName = "DIR",
        };
        var engine = new EngineArguments();

        var command = new Verb(
            "demo",
            "Starts the platform on a free port, uploads photos, trains, and draws, all through its public API; leaves pictures, a "
                + "contact sheet, masks and the loss.",
            ("vico demo", "the sample teapot on the beach, in the jungle and in the snow"),
            ("vico demo --photos ~/dog --init-word dog --prompt \"a photo of a * on the beach\"", "your own photos"),
            ("vico demo --steps 100", "a quick look"))
        {
            photos, word, prompts, output, data,
        };
        options.AddTo(command);
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(photos) ?? Installation.SamplePhotos;
            var name = PhotoFolder.NameOf(folder);
            var root = Path.GetFullPath(parsed.GetValue(output) ?? Path.Combine("out", Slug.Of(name)));
            var subject = new DemoSubject(
                name, PhotoFolder.Read(folder), parsed.GetValue(word) ?? WordBeside(folder),
                parsed.GetValue(prompts) is { Length: > 0 } asked ? asked : Places);
            return new DemoRun(
                subject,
                options.Values(parsed),
                root,
                parsed.GetValue(data),
                engine.Choice(parsed)).RunAsync(cancellationToken);
        });
        return command;
    }

    /// <summary>The samples name their init word in a <c>concept.json</c> beside the photos.</summary>
    private static string WordBeside(string photoFolder)
    {
        var card = Path.Combine(Path.GetFullPath(photoFolder), "..", "concept.json");
        if (!File.Exists(card)) throw new UsageException("--init-word is missing: one word near the object's class, such as dog.");
        using var json = JsonDocument.Parse(File.ReadAllBytes(card));
        return json.RootElement.GetProperty("initWord").GetString()!;
    }
}
