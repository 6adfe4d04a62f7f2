using ViCo.Gateway.Tenants;
using ViCo.Grains.Gpus;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>Where a job stands in line.</summary>
/// <param name="Reason">In words: what it waits for, how it runs, or how it ended.</param>
/// <param name="Ahead">About how many jobs go before it; null: it does not wait, or has only just come.</param>
/// <param name="Devices">How many work at the line.</param>
/// <param name="Wait">Until it starts; null: nobody can say yet.</param>
internal sealed record JobPlace(JobState State, string Reason, int? Ahead, int Devices, SecondsRange? Wait)
{
    /// <summary>Jobs of a kind that must have ended before anything is said of the next ones' time, and that are looked at.</summary>
    private const int Enough = 3, LookedAt = 20;

    public static async Task<JobPlace> OfAsync(JobView job, CurrentTenant tenant, IGrainFactory grains)
    {
        var queue = grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);
        var place = job.State == JobState.Queued ? await queue.Explain(tenant.Id.Key(job.Id)) : null;
        var devices = place?.Workers ?? (await queue.GetWorkers()).Count;
        if (place is not { Position: > 0 }) return new(job.State, ReasonOf(job), null, devices, null);
        var ahead = place.Position - 1;
        var wait = place.WaitsFor is WaitsFor.Turn or WaitsFor.BackOff ? await WaitAsync(job.Kind, ahead, devices, tenant) : null;
        return new(job.State, ReasonOf(place), ahead, devices, wait);
    }

    private static string ReasonOf(JobView job) => job switch
    {
        { Ended: not null } => job.Error ?? $"The job has ended: {job.State.ToString().ToLowerInvariant()}.",
        { State: JobState.Running } => $"Attempt {job.Attempt} is at step {job.Step}{(job.Steps is { } steps ? $" of {steps}" : "")}.",
        _ => "The job is on its way into the queue, or from there to a worker.",
    };

    private static string ReasonOf(QueuePlace place) => place.WaitsFor switch
    {
        WaitsFor.Workers => "No worker is there that takes work.",
        WaitsFor.BaseModel => $"No worker is there with the base model that the job needs, whose digest begins with {place.Base}.",
        WaitsFor.BackOff => $"It failed or lost its worker, so others go first for {place.NotBefore?.TotalSeconds ?? 0:F0} s.",
        _ when place.Position == 1 => "The job is next.",
        _ => $"About {place.Position - 1} jobs go first: of those who used less of the devices, and older ones of the same user.",
    };

    /// <summary>From how long the tenant's last jobs of the kind took.</summary>
    private static async Task<SecondsRange?> WaitAsync(string kind, int ahead, int devices, CurrentTenant tenant)
    {
        var page = await tenant.Index(IndexKeys.Jobs(tenant.Id)).Read(new(LookedAt) { Kind = kind, States = [JobState.Succeeded] });
        double[] took = [.. page.Entries.Select(entry => (entry.Job?.Ended - entry.Job?.Started)?.TotalSeconds).OfType<double>().Order()];
        if (took.Length < Enough) return null;
        // The one under way is about to end, or has only begun.
        return new(ahead * took[took.Length / 4] / devices, (ahead + 1) * took[took.Length * 17 / 20] / devices);
    }
}

/// <summary>A time as people can rely on it.</summary>
internal sealed record SecondsRange(double Least, double Most);
