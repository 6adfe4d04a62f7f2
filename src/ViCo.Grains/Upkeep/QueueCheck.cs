using System.Text;
using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Upkeep;

/// <summary>Whether the queue knows every job that waits or runs. A marker of a job that has ended goes when its turn comes.</summary>
internal sealed class QueueCheck(IBlobStore blobs, StoreContents store)
{
    public List<StoreFinding> Findings { get; } = [];

    public void Run()
    {
        const string pool = IGpuQueueGrain.DefaultPool;
        HashSet<string> marked = [];
        foreach (var blob in store.Under(QueueMarker.PrefixOf(pool)))
        {
            if (QueueMarker.TryRead(pool, blob.Name) is { } entry) marked.Add(entry.JobKey);
            else Findings.Add(new(Fault.Unknown, blob.Name, "It lies among the queue's markers and is none", blob.Bytes));
        }
        foreach (var (key, job) in store.Jobs.Where(j => !j.Value.HasEnded && !j.Value.Erasing && !marked.Contains(j.Key)))
        {
            var marker = QueueMarker.NameOf(pool, JobInLine.Next(key, job));
            Findings.Add(new(Fault.Unlisted, marker, $"Job '{key}' is {job.State}, and the queue does not know it", 0,
                "the job is put in line again")
            {
                Mend = () => blobs.WriteAsync(marker, Encoding.UTF8.GetBytes(key)),
            });
        }
    }
}
