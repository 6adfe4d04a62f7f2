using Orleans.Concurrency;

namespace ViCo.Grains.Jobs;

/// <summary>Told that there is something up to a sequence number; the log is the truth.</summary>
[Alias("vico.IJobWatcher")]
public interface IJobWatcher : IGrainObserver
{
    /// <summary>Events up to <paramref name="seq"/> are durable, or a new preview is there.</summary>
    [Alias("Grown"), OneWay] Task Grown(string jobKey, long seq, int? previewStep);
}
