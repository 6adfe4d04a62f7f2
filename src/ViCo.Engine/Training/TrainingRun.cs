using ViCo.Engine.Datasets;

namespace ViCo.Engine.Training;

/// <summary>What a training runs on.</summary>
/// <param name="Batch">That of a step, 1-based, in the current scope.</param>
/// <param name="Passes">How a batch goes through the loss.</param>
/// <param name="Optimizer">Restored, if the training goes on.</param>
/// <param name="Products">What can be taken from it.</param>
/// <param name="Schedule">When a resume point is due.</param>
internal sealed record TrainingRun(
    Func<int, TrainingBatch> Batch, GradientPasses Passes, AdamW Optimizer, TrainingProducts Products, ResumeSchedule Schedule)
{
    /// <summary>Told after each update, before anything is made of the new numbers.</summary>
    public Action? Moved { get; init; }
}
