namespace ViCo.Grains.Jobs;

/// <summary>One optimizer step.</summary>
/// <param name="Regularization">ViCo's regulariser before its weight, 0 for other methods; <c>terms</c> says it by name.</param>
[GenerateSerializer, Immutable, Alias("vico.event.step")]
public sealed record StepDone(
    [property: Id(0)] int Step, [property: Id(1)] int Steps, [property: Id(2)] double Loss, [property: Id(3)] double Regularization,
    [property: Id(4)] double Seconds) : JobEventData
{
    /// <summary>What the loss is the weighted sum of; empty in events of before terms had names.</summary>
    [Id(5)] public IReadOnlyList<LossTerm> Terms { get => field ?? []; init; } = [];

    /// <summary>Equal where everything it tells is equal, the terms one by one.</summary>
    public bool Equals(StepDone? other) => other is not null && Terms.SequenceEqual(other.Terms)
        && (Step, Steps, Loss, Regularization, Seconds) == (other.Step, other.Steps, other.Loss, other.Regularization, other.Seconds);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Step, Steps, Loss, Seconds);
}
