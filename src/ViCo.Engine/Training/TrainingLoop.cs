using System.Diagnostics;
using ViCo.Engine.Methods;

namespace ViCo.Engine.Training;

/// <summary>One training from its first or its next step to its last, or to a pause.</summary>
internal static class TrainingLoop
{
    /// <param name="method">What is trained and what the loss is.</param>
    /// <param name="batch">The batch of a step, 1-based, in the current scope.</param>
    /// <param name="optimizer">Restored, if the training goes on.</param>
    /// <param name="checkpoint">The concept's file after so many steps.</param>
    /// <param name="resumePoint">Everything to go on from after so many steps.</param>
    /// <param name="preview">A PNG of what the concept looks like now.</param>
    public static TrainingOutcome Run(
        IPersonalizationMethod method, Func<int, TrainingBatch> batch, AdamW optimizer, TrainingOptions options, IReadOnlyList<string> warnings,
        ITrainingObserver observer, Func<int, byte[]> checkpoint, Func<int, byte[]> resumePoint, Func<int, byte[]> preview,
        CancellationToken cancellationToken)
    {
        var first = optimizer.Steps;
        observer.OnStart(new(first, options.Steps, options.ToJson(), warnings));
        // Whoever died right after the last resume point may not have seen the last checkpoint.
        if (first == options.Steps) observer.OnCheckpoint(first, checkpoint(first));

        for (var step = first + 1; step <= options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var (total, noise, regularization) = Step(method, () => batch(step), optimizer);
            observer.OnStep(new(step, options.Steps, total, noise, regularization, Stopwatch.GetElapsedTime(started).TotalSeconds));

            // Before the resume point, so that whoever goes on from it misses nothing.
            if (options.CheckpointDue(step)) observer.OnCheckpoint(step, checkpoint(step));
            if (options.PreviewDue(step)) observer.OnPreview(step, preview(step));
            var pause = observer.PauseRequested && step < options.Steps;
            if (pause || options.ResumeDue(step)) observer.OnResumePoint(step, resumePoint(step));
            if (pause) return new(Completed: false, step);
        }
        return new(Completed: true, options.Steps);
    }

    /// <summary>One update, and what its loss was made of; the gradients stay until the next one.</summary>
    internal static (float Total, float Noise, float Regularization) Step(IPersonalizationMethod method, Func<TrainingBatch> batch, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        var loss = method.Loss(batch());
        optimizer.ZeroGrad();
        loss.Total.backward();
        optimizer.Step();
        var report = stack([loss.Total.detach(), loss.Noise.detach(), loss.Regularization.detach().view([])]).cpu().data<float>();
        return (report[0], report[1], report[2]);
    }
}
