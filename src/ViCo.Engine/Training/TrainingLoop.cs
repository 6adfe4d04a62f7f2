using System.Diagnostics;
using ViCo.Engine.Methods;

namespace ViCo.Engine.Training;

/// <summary>One training from its first or its next step to its last, or to a pause.</summary>
internal static class TrainingLoop
{
    /// <param name="method">What is trained and what the loss is.</param>
    /// <param name="batch">The batch of a step, 1-based, in the current scope.</param>
    /// <param name="optimizer">Restored, if the training goes on.</param>
    /// <param name="warnings">What there is to say before the first step.</param>
    /// <exception cref="NotFiniteException">A loss or a trained number is NaN or infinite.</exception>
    public static TrainingOutcome Run(
        IPersonalizationMethod method, Func<int, TrainingBatch> batch, AdamW optimizer, TrainingOptions options, IReadOnlyList<string> warnings,
        TrainingProducts products, ResumeSchedule schedule, ITrainingObserver observer, CancellationToken cancellationToken)
    {
        var first = optimizer.Steps;
        var watch = new LossWatch(options);
        observer.OnStart(new(first, options.Steps, options.ToJson(), warnings));
        // A machine that died right after the last resume point may not have kept the last checkpoint.
        if (first == options.Steps) observer.OnCheckpoint(first, to => products.Checkpoint(first, to));

        for (var step = first + 1; step <= options.Steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var (total, noise, regularization) = Step(method, () => batch(step), optimizer);
            var warning = watch.See(step, total, noise);
            observer.OnStep(new(step, options.Steps, total, noise, regularization, Stopwatch.GetElapsedTime(started).TotalSeconds));
            if (warning is not null) observer.OnWarning(warning);

            // Before the resume point, so that whoever goes on from it misses nothing.
            if (options.CheckpointDue(step))
            {
                MustBeFinite(step);
                observer.OnCheckpoint(step, to => products.Checkpoint(step, to));
            }
            if (options.PreviewDue(step)) observer.OnPreview(step, products.Preview());
            var pause = observer.PauseRequested && step < options.Steps;
            if (pause || step == options.Steps || schedule.Due(step))
            {
                MustBeFinite(step);
                observer.OnResumePoint(step, products.ResumePoint);
                schedule.Written();
            }
            if (pause) return new(Completed: false, step);
        }
        return new(Completed: true, options.Steps);

        void MustBeFinite(int step)
        {
            if (!products.IsFinite()) throw watch.NotFinite(step, "a trained number is NaN or infinite");
        }
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
