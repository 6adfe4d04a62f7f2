namespace ViCo.Engine.Datasets;

/// <summary>What a training learns from, a batch per step. Owns its tensors.</summary>
internal interface ITrainingData : IDisposable
{
    /// <summary>
    /// The batch of a step, 1-based, in the caller's scope; it depends on nothing but the step, so that a training can go on elsewhere.
    /// </summary>
    TrainingBatch Batch(int step);
}
