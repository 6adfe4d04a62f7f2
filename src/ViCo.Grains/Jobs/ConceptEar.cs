using ViCo.Grains.Concepts;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Jobs;

/// <summary>What jobs say to their concept. One whose record does not read hears nothing, and keeps no job from its end.</summary>
internal sealed class ConceptEar(IGrainFactory grains, TenantId tenant)
{
    /// <summary>Tells the concept something. False: its record does not read.</summary>
    public async Task<bool> TellAsync(JobSpec spec, Func<IConceptGrain, Task> tell)
    {
        try
        {
            await tell(grains.GetGrain<IConceptGrain>(tenant.Key(spec.ConceptId)));
            return true;
        }
        catch (DamagedBlobException)
        {
            return false;
        }
    }

    /// <summary>Whether the concept's deletion has begun.</summary>
    public async Task<bool> IsBeingDeletedAsync(JobSpec spec)
    {
        try
        {
            return await grains.GetGrain<IConceptRecordGrain>(tenant.Key(spec.ConceptId)).IsBeingDeleted();
        }
        catch (DamagedBlobException)
        {
            return false;
        }
    }
}
