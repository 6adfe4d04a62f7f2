using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace ViCo.Grains.Clustering;

internal sealed class ControlSilosDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var all = silos.ToList();
        // It takes a moment until all know what a new silo is for; one that is not known yet may be a control silo.
        var control = all.Where(silo => metadata.IsControl(silo) != false).ToList();
        // None up: any silo is better than a failed call. GuestsGoHome sees to the rest.
        return control.Count > 0 ? control : all;
    }
}
