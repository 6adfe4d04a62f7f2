using Orleans.Placement;

namespace ViCo.Grains.Clustering;

/// <summary>Keeps a grain off silos that are only <c>gpu</c> while another silo is there: losing a GPU silo moves no state.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ControlSilosAttribute() : PlacementFilterAttribute(new ControlSilos());
