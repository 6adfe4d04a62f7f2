using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Client;
using ViCo.Options;

namespace ViCo.Cli.Remote;

/// <summary><c>vico images</c>: pictures on a server.</summary>
internal static class ImageVerbs
{
    public static Command Create()
    {
        var images = ServerVerb.Ids("image", "Ids of pictures.");
        var output = ServerVerb.Text("--out", "Folder for the pictures. Default: this one.", "DIR");
        var (concept, user, limit) = (ServerVerb.Text("--concept", "Only of this concept.", "ID"),
            ServerVerb.Text("--user", "Only for this user.", "USER"), ServerVerb.Limit());
        return new Verb(
            "images", "Pictures on a server: list, create, get, delete.",
            ("vico images create ID \"a photo of a * on the beach\" --out beach", "draws and fetches"))
        {
            ServerVerb.Of("list", "Pictures, those of the newest drawing first.", ("vico images list --concept ID", "those of one concept"),
                call => call.ListAsync(
                call.Client.Images.ListAsync(call.Get(concept), call.Get(user), cancellationToken: call.Stop), limit,
                ("ID", p => p.Id), ("CONCEPT", p => p.Concept), ("SEED", p => p.Seed), ("PROMPT", p => (string?)p.Sampling["prompt"]),
                ("SUBMITTED", p => p.Submitted)), concept, user, limit),
            Draw(),
            ServerVerb.Of("get", "Fetches pictures.", ("vico images get ID --out beach", "as ID.png"), async call =>
            {
                List<string> files = [];
                foreach (var id in call.Get(images)) files.Add(await SaveAsync(call, id, call.Get(output)));
                Print(call, files);
            }, images, output),
            ServerVerb.Delete("Deletes pictures.", ("vico images delete ID", "one, of however many its job drew"), images,
                (call, id) => call.Client.Images.DeleteAsync(id, call.Stop)),
        };
    }

    private static Verb Draw()
    {
        var concept = ServerVerb.Id("concept", "Id of a trained concept.");
        var prompt = ServerVerb.Id("prompt", "What to draw; * stands for the object.");
        var checkpoint = ServerVerb.Text("--checkpoint", "RUN:STEP, or a step. Default: the concept's.", "CHECKPOINT");
        var reference = new System.CommandLine.Option<string[]>("--reference")
        {
            Description = "Id of a photo to look at. May be repeated.",
            HelpName = "PHOTO",
        };
        var output = ServerVerb.Text("--out", "Folder for the pictures. Default: this one.", "DIR");
        var noWait = new System.CommandLine.Option<bool>("--no-wait")
        {
            Description = "Print the job's id and end: vico jobs watch and vico images get fetch the rest.",
        };
        var key = ServerVerb.Text("--repeat-key", "Any text: the same key draws once, however often the line is repeated.", "KEY");
        var user = ServerVerb.Text("--user", "The front-end's own user it is for.", "USER");
        var options = new ListedOptions(OptionCatalog.Default.Sampling);
        var verb = ServerVerb.Of(
            "create", "Draws pictures of a concept and fetches them; their paths go to stdout.",
            ("vico images create ID \"a photo of a * on the beach\" --count 2 --seed 7 --out beach", "two pictures, seeds 7 and 8"),
            async call =>
            {
                var drawing = new Client.Drawing(call.Get(concept), call.Get(prompt))
                {
                    Checkpoint = call.Get(checkpoint),
                    References = call.Get(reference) is { Length: > 0 } photos ? photos : null,
                    User = call.Get(user),
                    Options = options.Values(call.Parsed).ForServer(),
                };
                var job = await call.Client.Images.DrawAsync(drawing, call.Get(key), call.Stop);
                if (call.Get(noWait))
                {
                    if (call.Json) Terminal.Json(job);
                    else Console.WriteLine(job.Id);
                    return 0;
                }
                job = await JobWatch.RunAsync(call.Client, job, null, call.Stop);
                List<string> files = [];
                foreach (var id in job.Images) files.Add(await SaveAsync(call, id, call.Get(output)));
                Print(call, files);
                return JobWatch.CodeOf(job);
            },
            concept, prompt, checkpoint, reference, output, noWait, key, user);
        options.AddTo(verb);
        return verb;
    }

    private static async Task<string> SaveAsync(ServerCall call, string id, string? folder)
    {
        var file = Path.GetFullPath(Path.Combine(folder ?? ".", $"{id}.png"));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, await call.Client.Images.GetAsync(id, call.Stop), call.Stop);
        return file;
    }

    private static void Print(ServerCall call, IReadOnlyList<string> files)
    {
        if (call.Json) Terminal.Json(files);
        else foreach (var file in files) Console.WriteLine(file);
    }
}
