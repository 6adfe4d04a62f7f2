using ViCo.Grains.Gpus;

namespace ViCo.Grains.Jobs;

/// <summary>What the queue is told of a job.</summary>
internal static class JobInLine
{
    private const double LongestDelay = 60;

    /// <summary>At its submission.</summary>
    public static QueueEntry First(string key, JobSpec spec) => new(key, Attempt: 1, spec is SamplingJob, spec.Submitted, spec.User)
    {
        Base = QueueEntry.Shortened((spec as SamplingJob)?.BaseDigest ?? (spec as TrainingJob)?.BaseDigest),
        Together = QueueEntry.Shortened((spec as SamplingJob)?.Together),
        Pictures = (spec as SamplingJob)?.Passes.FirstOrDefault()?.Length ?? 0,
    };

    /// <summary>When it waits for its next attempt.</summary>
    /// <remarks>What an engine failed at waits longer each time: memory that a neighbour took may be free again by then.</remarks>
    public static QueueEntry Next(string key, JobRecord job) => First(key, job.Spec) with
    {
        Attempt = job.Attempt + 1, Base = BaseOf(job),
        Delay = job.Fruitless > 0 ? TimeSpan.FromSeconds(Math.Min(LongestDelay, Math.Pow(2, job.Fruitless - 1))) : default,
    };

    /// <summary>While it runs.</summary>
    public static QueueEntry Running(string key, JobRecord job) => First(key, job.Spec) with
    {
        Attempt = job.Attempt, Base = BaseOf(job),
    };

    /// <summary>What is learned so far goes on beside the base model that it was learned on.</summary>
    public static string? BaseOf(JobRecord job) => QueueEntry.Shortened(job.Spec switch
    {
        SamplingJob sampling => sampling.BaseDigest,
        TrainingJob training => training.BaseDigest ?? (job.Resume is null ? null : job.Maker?.BaseDigest),
        _ => null,
    });
}
