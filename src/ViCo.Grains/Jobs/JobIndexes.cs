using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Jobs;

/// <summary>The entries of a job: in the list of its tenant's jobs and in that of its concept's.</summary>
internal sealed class JobIndexes(IGrainFactory grains, TenantId tenant, string jobId)
{
    /// <summary>Writes the entries; with all the job's fields when it has ended.</summary>
    public Task PutAsync(JobSpec spec, JobRecord? ended)
    {
        var entry = EntryOf(jobId, spec, ended);
        return Task.WhenAll(Of(spec).Select(index => index.Put(entry)));
    }

    /// <summary>The entry of a job.</summary>
    public static IndexEntry EntryOf(string jobId, JobSpec spec, JobRecord? ended) => new(
        spec.Submitted, jobId, spec.ConceptId, spec is TrainingJob ? "training" : "sampling", spec.User,
        Job: ended is null ? null : JobMachine.View(jobId, ended));

    public async Task RemoveAsync(JobSpec spec)
    {
        foreach (var index in Of(spec)) await index.Remove(spec.Submitted, jobId);
    }

    private IIndexGrain[] Of(JobSpec spec) =>
    [
        grains.GetGrain<IIndexGrain>(IndexKeys.Jobs(tenant)),
        grains.GetGrain<IIndexGrain>(IndexKeys.Jobs(tenant, spec.ConceptId)),
    ];
}
