namespace ViCo.Engine.Training;

/// <summary>What can be taken from a training after any step.</summary>
/// <param name="Checkpoint">Writes the concept's file after so many steps.</param>
/// <param name="ResumePoint">Writes everything to go on from.</param>
/// <param name="Preview">A PNG of what the concept looks like now.</param>
/// <param name="IsFinite">Whether every trained number is finite: what is not is never written.</param>
internal sealed record TrainingProducts(Action<int, Stream> Checkpoint, Action<Stream> ResumePoint, Func<byte[]> Preview,
    Func<bool> IsFinite);
