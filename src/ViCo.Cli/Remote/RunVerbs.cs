using System.CommandLine;
using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Client;
using ViCo.Options;

namespace ViCo.Cli.Remote;

/// <summary><c>vico runs</c>: trainings on a server and their checkpoints.</summary>
internal static class RunVerbs
{
    public static Command Create()
    {
        var concept = ServerVerb.Id("concept", "The concept's id.");
        var run = ServerVerb.Id("run", "The run's id: that of its first job.");
        var runs = ServerVerb.Ids("run", "Ids of runs.");
        var limit = ServerVerb.Limit();
        return new Verb("runs", "Trainings of a concept on a server: list, show, create, watch, get, delete.",
            ("vico runs create ID --steps 400 --watch", "learn, and see it learn"))
        {
            ServerVerb.Of("list", "A concept's runs, newest first.", ("vico runs list ID", "with their checkpoints"), call =>
                call.ListAsync(
                call.Client.Runs.ListAsync(call.Get(concept), call.Stop), limit,
                ("ID", r => r.Id), ("LABEL", r => r.Label ?? ""), ("STATE", r => r.State),
                ("STEP", r => r.Steps is { } all ? $"{r.Step}/{all}" : $"{r.Step}"), ("LOSS", r => r.Loss),
                ("CHECKPOINTS", r => Steps(r)), ("DEFAULT", r => r.IsDefault ? "yes" : ""), ("CREATED", r => r.Created)), concept, limit),
            ServerVerb.Of("show", "A run.", ("vico runs show ID RUN", "its state and checkpoints"), async call =>
                Show(call, await call.Client.Runs.GetAsync(call.Get(concept), call.Get(run), call.Stop)), concept, run),
            Create(concept),
            ServerVerb.Of("watch", "Follows a run's newest job to its end; with --json every event as a line.",
                ("vico runs watch ID RUN", "Ctrl-C stops the watching, not the training"), async call => await JobVerbs.WatchAsync(
                    call, (await call.Client.Runs.GetAsync(call.Get(concept), call.Get(run), call.Stop)).Jobs[^1]), concept, run),
            Get(concept, run),
            ServerVerb.Delete("Deletes runs with their jobs and checkpoints.", ("vico runs delete ID RUN", "what is under way ends"),
                runs, (call, id) => call.Client.Runs.DeleteAsync(call.Get(concept), id, call.Stop), concept),
        };
    }

    private static Verb Create(Argument<string> concept)
    {
        var watch = new System.CommandLine.Option<bool>("--watch")
        {
            Description = "Follow it to its end. Ctrl-C stops the watching, not the training.",
        };
        var key = ServerVerb.Text("--repeat-key", "Any text: the same key starts it once, however often the line is repeated.", "KEY");
        var user = ServerVerb.Text("--user", "The front-end's own user it is for.", "USER");
        var options = new ListedOptions(OptionCatalog.Default.Training);
        var verb = ServerVerb.Of(
            "create", "Starts a training over the concept's photos of now.", ("vico runs create ID --steps 400 --watch", "and follows it"),
            async call =>
            {
                var training = new Client.Training
                {
                    User = call.Get(user),
                    Options = options.Values(call.Parsed).ForServer(),
                };
                var job = await call.Client.Runs.StartAsync(call.Get(concept), training, call.Get(key), call.Stop);
                if (call.Get(watch)) job = await JobWatch.RunAsync(call.Client, job, null, call.Stop);
                if (call.Json) Terminal.Json(job);
                else Console.WriteLine(job.Id);
                return call.Get(watch) ? JobWatch.CodeOf(job) : 0;
            },
            concept, watch, key, user);
        options.AddTo(verb);
        return verb;
    }

    private static Verb Get(Argument<string> concept, Argument<string> run)
    {
        var step = Ranged.Int("--step", "Training step of the checkpoint. Default: the last.", 1, 100_000);
        var output = ServerVerb.Text("--out", "File to write. Default: RUN-STEP.safetensors.", "FILE");
        return ServerVerb.Of("get", "Downloads a checkpoint.", ("vico runs get ID RUN --step 400 --out mug.safetensors", "one step's"),
            async call =>
        {
            var found = await call.Client.Runs.GetAsync(call.Get(concept), call.Get(run), call.Stop);
            var wanted = call.Get(step)
                ?? (found.Checkpoints is [.., var last] ? last.Step : throw new UsageException($"Run '{found.Id}' has no checkpoint yet."));
            var file = Path.GetFullPath(
                call.Get(output) ?? string.Create(CultureInfo.InvariantCulture, $"{found.Id}-{wanted}.safetensors"));
            await using (var part = File.Create(file + ".part")) await call.Client.Runs.DownloadAsync(call.Get(concept), found.Id, wanted,
                part, call.Stop);
            File.Move(file + ".part", file, overwrite: true);
            call.Show(new { file }, ("", file));
        }, concept, run, step, output);
    }

    private static void Show(ServerCall call, Run run) => call.Show(
        run, ("id", run.Id), ("label", run.Label), ("parent", run.Parent), ("state", run.State),
        ("step", run.Steps is { } all ? $"{run.Step}/{all}" : $"{run.Step}"),
        ("loss", run.Loss), ("photos", run.Photos.Count), ("checkpoints", Steps(run)), ("default", run.IsDefault ? "yes" : null),
        ("created", run.Created));

    private static string Steps(Run run) => string.Join(',', run.Checkpoints.Select(c => c.Step.ToString(CultureInfo.InvariantCulture)));
}
