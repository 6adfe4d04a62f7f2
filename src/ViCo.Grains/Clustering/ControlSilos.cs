using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace ViCo.Grains.Clustering;

/// <summary>What a silo is for; its metadata tells the others.</summary>
public static class SiloRoles
{
    /// <summary>Keeps grains.</summary>
    public const string Control = "control";

    /// <summary>Runs a GPU worker.</summary>
    public const string Gpu = "gpu";

    internal const string MetadataKey = "vico.roles";
}

/// <summary>Keeps a grain off silos that are only <c>gpu</c> while a control silo is there: losing a GPU silo moves no state.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ControlSilosAttribute() : PlacementFilterAttribute(new ControlSilos());

internal sealed class ControlSilos() : PlacementFilterStrategy(order: 0);

internal sealed class ControlSilosDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var all = silos.ToList();
        var control = all.Where(IsControl).ToList();
        // No control silo known (none up, or its metadata is still on its way): any silo is better than a failed call.
        return control.Count > 0 ? control : all;
    }

    private bool IsControl(SiloAddress silo) =>
        metadata.GetSiloMetadata(silo).Metadata.TryGetValue(SiloRoles.MetadataKey, out var roles)
        && roles.Split(',').Contains(SiloRoles.Control);
}
