using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary>Follows a job to its end, its progress on stderr.</summary>
internal static class JobWatch
{
    /// <param name="onEvent">Hears of every event; null: nobody.</param>
    public static Task<Job> RunAsync(ViCoClient client, Job job, Action<JobEvent>? onEvent, CancellationToken stop) =>
        PhaseProgress.RunAsync(job.Kind == "training" ? "train" : "draw", async progress =>
        {
            await foreach (var one in client.Jobs.FollowAsync(job.Id, 0, stop))
            {
                onEvent?.Invoke(one);
                switch (one.Data)
                {
                    case StepDone step:
                        progress.Report(step.Step, step.Steps,
                            string.Create(CultureInfo.InvariantCulture, $"step {step.Step}/{step.Steps}  loss {step.Loss:0.0000}"));
                        break;
                    case SamplingStepDone step:
                        progress.Report(step.Step, step.Steps, $"step {step.Step}/{step.Steps}");
                        break;
                    case WarningRaised warning:
                        Terminal.Warn(warning.Message);
                        break;
                }
            }
            return await client.Jobs.GetAsync(job.Id, stop);
        });

    /// <summary>0: it succeeded; 1: it did not, and why is said.</summary>
    public static int CodeOf(Job job)
    {
        if (job.State == JobState.Succeeded) return 0;
        Terminal.Say($"vico: job {job.Id} {(job.State == JobState.Canceled ? "was cancelled" : $"failed: {job.Error}")}");
        return 1;
    }
}
