using ViCo.Gateway.Tenants;
using ViCo.Grains.Gpus;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Jobs;

/// <summary>Where a job stands in line.</summary>
/// <param name="Ahead">About how many jobs go before it; null: it does not wait, or has only just come.</param>
/// <param name="Devices">How many work at the line.</param>
/// <param name="Wait">Until it starts; null: nobody can say yet.</param>
internal sealed record JobPlace(JobState State, int? Ahead, int Devices, SecondsRange? Wait)
{
    /// <summary>Jobs of a kind that must have ended before anything is said of the next ones' time, and that are looked at.</summary>
    private const int Enough = 3, LookedAt = 20;

    public static async Task<JobPlace> OfAsync(JobView job, CurrentTenant tenant, QueueGlance glance)
    {
        var status = await glance.ReadAsync();
        var ahead = job.State == JobState.Queued ? AheadOf(status, tenant.Id.Key(job.Id)) : null;
        var devices = status.Workers.Count;
        var wait = ahead is { } count && devices > 0 ? await WaitAsync(job.Kind, count, devices, tenant) : null;
        return new(job.State, ahead, devices, wait);
    }

    /// <summary>
    /// In its tenant's line those that came before it, drawings before trainings; of each other tenant at most one more, for tenants take
    /// turns.
    /// </summary>
    internal static int? AheadOf(QueueStatus status, string jobKey)
    {
        if (status.Waiting.FirstOrDefault(entry => entry.JobKey == jobKey) is not { } mine) return null;
        var lines = status.Waiting.Where(entry => entry.Interactive || !mine.Interactive).ToLookup(entry => TenantId.OfKey(entry.JobKey));
        var tenant = TenantId.OfKey(jobKey);
        var own = lines[tenant].Count(entry => entry.JobKey != jobKey && (entry.Interactive == mine.Interactive
            ? (entry.Enqueued, entry.JobKey).CompareTo((mine.Enqueued, mine.JobKey)) < 0 : entry.Interactive));
        return own + lines.Where(line => line.Key != tenant).Sum(line => Math.Min(line.Count(), own + 1));
    }

    /// <summary>From how long the tenant's last jobs of the kind took.</summary>
    private static async Task<SecondsRange?> WaitAsync(string kind, int ahead, int devices, CurrentTenant tenant)
    {
        var page = await tenant.Index(IndexKeys.Jobs(tenant.Id)).Read(new(LookedAt) { Kind = kind, States = [JobState.Succeeded] });
        double[] took = [.. page.Entries.Select(entry => (entry.Job!.Ended - entry.Job.Started)?.TotalSeconds).OfType<double>().Order()];
        if (took.Length < Enough) return null;
        // The one under way is about to end, or has only begun.
        return new(ahead * took[took.Length / 4] / devices, (ahead + 1) * took[took.Length * 17 / 20] / devices);
    }
}

/// <summary>A time as people can rely on it.</summary>
internal sealed record SecondsRange(double Least, double Most);
