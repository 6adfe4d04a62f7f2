using System.Collections.Concurrent;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace ViCo.Grains.Clustering;

/// <summary>
/// On a silo that only computes: a grain that was placed here while no control silo was up leaves after its next call once one is.
/// Its state is in storage, so it only has to be forgotten here.
/// </summary>
internal sealed class GuestsGoHome(ISiloMetadataCache metadata, ISiloStatusOracle members) : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<Type, bool> _belongsToControl = [];

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        finally
        {
            if (context.Grain is { } grain
                && _belongsToControl.GetOrAdd(grain.GetType(), type => type.IsDefined(typeof(ControlSilosAttribute), inherit: false))
                && members.GetApproximateSiloStatuses(onlyActive: true).Keys.Any(silo => metadata.IsControl(silo) == true))
            {
                context.TargetContext.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "A control silo is up again."));
            }
        }
    }
}
