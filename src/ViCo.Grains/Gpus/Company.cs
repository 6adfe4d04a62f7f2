namespace ViCo.Grains.Gpus;

/// <summary>The drawing beside which another one is wanted.</summary>
/// <param name="JobKey">The worker draws it.</param>
/// <param name="Pictures">How many pictures the other may have in one of its passes, at most.</param>
[GenerateSerializer, Immutable, Alias("vico.company")]
public sealed record Company([property: Id(0)] string JobKey, [property: Id(1)] int Pictures);
