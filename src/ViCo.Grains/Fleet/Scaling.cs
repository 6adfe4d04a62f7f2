using ViCo.Grains.Gpus;

namespace ViCo.Grains.Fleet;

/// <param name="Devices">How many devices the pool should have.</param>
[GenerateSerializer, Immutable, Alias("vico.scaling")]
public sealed record Scaling(
    [property: Id(0)] int Devices, [property: Id(1)] QueueLoad Load, [property: Id(2)] IReadOnlyList<SiloView> Silos);
