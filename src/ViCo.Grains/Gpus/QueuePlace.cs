namespace ViCo.Grains.Gpus;

/// <summary>Where a job stands in line.</summary>
/// <param name="Position">1: next; 0: it runs.</param>
/// <param name="Waiting">How many jobs wait in all.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-place")]
public sealed record QueuePlace([property: Id(0)] int Position, [property: Id(1)] int Waiting, [property: Id(2)] WaitsFor WaitsFor)
{
    /// <summary>The base model that it needs: the first digits of its digest; null: any.</summary>
    [Id(3)] public string? Base { get; init; }

    /// <summary>How long others go first because it failed or was lost; null: they do not.</summary>
    [Id(4)] public TimeSpan? NotBefore { get; init; }

    /// <summary>How many workers are there that take work.</summary>
    [Id(5)] public int Workers { get; init; }
}
