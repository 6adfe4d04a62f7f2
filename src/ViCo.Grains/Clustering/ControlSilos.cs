using Orleans.Placement;

namespace ViCo.Grains.Clustering;

internal sealed class ControlSilos() : PlacementFilterStrategy(order: 0);
