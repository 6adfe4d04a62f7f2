using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary><c>vico jobs</c>: what a server has queued, runs and has ended.</summary>
internal static class JobVerbs
{
    public static Command Create()
    {
        var job = ServerVerb.Id("job", "The job's id.");
        var jobs = ServerVerb.Ids("job", "Ids of jobs.");
        return new Verb(
            "jobs", "Trainings and drawings on a server: list, show, watch, cancel, retry, delete.",
            ("vico jobs list --state queued,running", "what is under way"))
        {
            List(),
            ServerVerb.Of("show", "A job.", ("vico jobs show ID", "where it stands"), async call =>
                Show(call, await call.Client.Jobs.GetAsync(call.Get(job), call.Stop)), job),
            ServerVerb.Of(
                "watch", "Follows a job to its end; with --json every event as a line. Ctrl-C stops the watching, not the job.",
                ("vico jobs watch ID", "from its beginning"), call => WatchAsync(call, call.Get(job)), job),
            ServerVerb.Of("cancel", "Ends jobs: waiting ones at once, running ones at their next step.",
                ("vico jobs cancel ID", "what it made stays"), async call =>
            {
                List<Job> ended = [];
                foreach (var id in call.Get(jobs)) ended.Add(await call.Client.Jobs.CancelAsync(id, call.Stop));
                if (call.Json) Terminal.Json(ended);
            }, jobs),
            ServerVerb.Of("retry", "Does what a failed or cancelled job was asked for, as a new job, whose id goes to stdout.",
                ("vico jobs retry ID", "a training goes on from its last resume point"), async call =>
            {
                var again = await call.Client.Jobs.RetryAsync(call.Get(job), cancellationToken: call.Stop);
                if (call.Json) Terminal.Json(again);
                else Console.WriteLine(again.Id);
            }, job),
            ServerVerb.Delete("Deletes jobs with their logs and pictures.",
                ("vico jobs delete ID", "a training with checkpoints goes with its run"), jobs,
                (call, id) => call.Client.Jobs.DeleteAsync(id, call.Stop)),
        };
    }

    /// <summary>Follows a job to its end.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> WatchAsync(ServerCall call, string job)
    {
        var ended = await JobWatch.RunAsync(
            call.Client, await call.Client.Jobs.GetAsync(job, call.Stop), call.Json ? e => Terminal.JsonLine(e) : null, call.Stop);
        if (!call.Json) Show(call, ended);
        return JobWatch.CodeOf(ended);
    }

    public static void Show(ServerCall call, Job job) => call.Show(
        job, ("id", job.Id), ("kind", job.Kind), ("concept", job.ConceptId), ("state", job.State),
        ("step", job.Steps is { } all ? $"{job.Step}/{all}" : job.Step),
        ("loss", job.Loss), ("prompt", job.Prompt), ("user", job.User), ("submitted", job.Submitted), ("ended", job.Ended),
        ("error", job.Error),
        ("images", job.Images.Count > 0 ? job.Images : null));

    private static Verb List()
    {
        var (concept, kind, user) = (ServerVerb.Text("--concept", "Only of this concept.", "ID"),
            ServerVerb.Text("--kind", "training or sampling.", "KIND"), ServerVerb.Text("--user", "Only for this user.", "USER"));
        kind.AcceptOnlyFromAmong("training", "sampling");
        var (state, limit) =
            (ServerVerb.Text("--state", "queued, running, succeeded, failed, canceled; several with commas.", "STATE"), ServerVerb.Limit());
        return ServerVerb.Of("list", "Jobs, newest first.", ("vico jobs list --concept ID", "those of one concept"), call => call.ListAsync(
            call.Client.Jobs.ListAsync(call.Get(concept), call.Get(kind), States(call.Get(state)), call.Get(user),
                cancellationToken: call.Stop),
            limit,
            ("ID", j => j.Id), ("KIND", j => j.Kind), ("CONCEPT", j => j.ConceptId), ("STATE", j => j.State),
            ("STEP", j => j.Steps is { } all ? $"{j.Step}/{all}" : $"{j.Step}"),
            ("IMAGES", j => j.Images.Count), ("SUBMITTED", j => j.Submitted)), concept, kind, state, user, limit);
    }

    private static JobState[] States(string? words) => words is null ? [] : [.. words.Split(',').Select(word =>
        Enum.TryParse<JobState>(word.Trim(), ignoreCase: true, out var state) && !char.IsAsciiDigit(word.Trim()[0]) ? state
            : throw new UsageException(
                $"--state is '{word}'; wanted: queued, running, succeeded, failed or canceled, several with commas."))];
}
