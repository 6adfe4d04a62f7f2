namespace ViCo.Grains.Jobs;

/// <param name="State">Null: no such job.</param>
/// <param name="Worker">The worker of the running attempt.</param>
[GenerateSerializer, Immutable, Alias("vico.job-owner")]
public sealed record JobOwner([property: Id(0)] JobState? State, [property: Id(1)] int Attempt, [property: Id(2)] string? Worker)
{
    /// <inheritdoc cref="Gpus.QueueEntry.Base"/>
    [Id(3)] public string? Base { get; init; }
}
