using ViCo.Grains.Indexes;
using ViCo.Grains.Quotas;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Jobs;

/// <summary>Tells the tenant's quotas what a job uses, and keeps that when the job is forgotten.</summary>
internal sealed class JobMeter(IGrainFactory grains, IBlobStore blobs, TenantId tenant, string jobId)
{
    /// <summary>Tells what has changed, if anything has that counts. What gets lost is counted when the quotas look again.</summary>
    public void Note(JobRecord? before, JobRecord? after)
    {
        if (before?.HasEnded == after?.HasEnded && before?.Uses == after?.Uses) return;
        var use = UseOf(after ?? before!);
        grains.GetGrain<IQuotaGrain>(tenant.Value).Note(after is null ? use with { Open = false } : use).Ignore();
    }

    /// <summary>Keeps what a job used that is about to be forgotten. Again changes nothing.</summary>
    public Task KeepAsync(JobRecord? job) => job is null ? Task.CompletedTask : JobUses.KeepAsync(blobs, tenant, UseOf(job));

    private JobUse UseOf(JobRecord job) => JobUse.Of(JobMachine.View(jobId, job));
}
