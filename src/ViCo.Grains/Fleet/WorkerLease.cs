using ViCo.Grains.Gpus;

namespace ViCo.Grains.Fleet;

/// <summary>What a worker runs.</summary>
/// <param name="Interactive">A drawing: it is not interrupted by a drain.</param>
/// <param name="SecondsLeft">About how long it will go on, if nothing interrupts it.</param>
[GenerateSerializer, Immutable, Alias("vico.worker-lease")]
public sealed record WorkerLease(
    [property: Id(0)] string Worker, [property: Id(1)] string JobKey, [property: Id(2)] int Attempt, [property: Id(3)] bool Interactive,
    [property: Id(4)] TimeSpan Age, [property: Id(5)] double SecondsLeft)
{
    /// <summary>The silo that its worker belongs to.</summary>
    public string Silo => WorkerInfo.SiloOf(Worker);
}
