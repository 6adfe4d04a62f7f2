using System.Collections.Concurrent;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace ViCo.Grains.Clustering;

/// <summary>Keeps a grain off silos that are only <c>gpu</c> while another silo is there: losing a GPU silo moves no state.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ControlSilosAttribute() : PlacementFilterAttribute(new ControlSilos());

internal sealed class ControlSilos() : PlacementFilterStrategy(order: 0);

internal sealed class ControlSilosDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var all = silos.ToList();
        // What a silo is for takes a moment to get around; one that nobody knows yet may be a control silo.
        var control = all.Where(silo => metadata.IsControl(silo) != false).ToList();
        // None up: any silo is better than a failed call. GuestsGoHome sees to the rest.
        return control.Count > 0 ? control : all;
    }
}

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

internal static class SiloRolesOfOthers
{
    /// <summary>Null: not known yet.</summary>
    public static bool? IsControl(this ISiloMetadataCache metadata, SiloAddress silo) =>
        metadata.GetSiloMetadata(silo).Metadata.TryGetValue(SiloRoles.MetadataKey, out var roles)
            ? roles.Split(',').Contains(SiloRoles.Control) : null;
}
