using ViCo.Grains.Jobs;

namespace ViCo.Silo.Gpus;

/// <summary>Where the results of an attempt go.</summary>
/// <param name="Job">Its job, which keeps the log.</param>
/// <param name="Attempt">Its number.</param>
/// <param name="FirstBatch">Number of the first batch of events that the log still wants.</param>
/// <param name="Prefix">What the names of its blobs begin with.</param>
internal sealed record AttemptLog(IJobGrain Job, int Attempt, long FirstBatch, string Prefix);
