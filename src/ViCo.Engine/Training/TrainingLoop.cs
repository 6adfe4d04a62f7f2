using System.Diagnostics;
using ViCo.Engine.Methods;
using ViCo.Options;

namespace ViCo.Engine.Training;

/// <summary>One training from its first or its next step to its last, or to a pause.</summary>
internal static class TrainingLoop
{
    /// <param name="options">Those in force.</param>
    /// <param name="warnings">What there is to say before the first step.</param>
    /// <exception cref="NotFiniteException">A loss or a trained number is NaN or infinite.</exception>
    public static TrainingOutcome Run(
        TrainingRun run, TrainingOptions options, IReadOnlyList<string> warnings, ITrainingObserver observer,
        CancellationToken cancellationToken)
    {
        var (batch, passes, optimizer, products, schedule) = run;
        var first = optimizer.Steps;
        var (watch, steps) = (new LossWatch(options), options.Get(TrainingOption.Steps));
        observer.OnStart(new(first, steps, options.ToJson(), warnings));
        // A machine that died right after the last resume point may not have kept the last checkpoint.
        if (first == steps) observer.OnCheckpoint(first, to => products.Checkpoint(first, to));

        for (var step = first + 1; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            var (total, terms) = Step(() => passes.Run(batch(step), optimizer), optimizer);
            run.Moved?.Invoke();
            var warning = watch.See(step, total, terms);
            if (passes.TakeWarning() is { } smaller) observer.OnWarning(smaller);
            observer.OnStep(new(step, steps, total, terms, Stopwatch.GetElapsedTime(started).TotalSeconds));
            if (warning is not null) observer.OnWarning(warning);

            // Before the resume point, so that whoever goes on from it misses nothing.
            if (options.CheckpointDue(step))
            {
                MustBeFinite(step);
                observer.OnCheckpoint(step, to => products.Checkpoint(step, to));
            }
            if (options.PreviewDue(step)) observer.OnPreview(step, products.Preview());
            var pause = observer.PauseRequested && step < steps;
            if (pause || step == steps || schedule.Due(step))
            {
                MustBeFinite(step);
                observer.OnResumePoint(step, products.ResumePoint);
                schedule.Written();
            }
            if (pause) return new(Completed: false, step);
        }
        return new(Completed: true, steps);

        void MustBeFinite(int step)
        {
            if (!products.IsFinite()) throw watch.NotFinite(step, "a trained number is NaN or infinite");
        }
    }

    /// <summary>One update, and what its loss was made of; the gradients stay until the next one.</summary>
    internal static (float Total, IReadOnlyList<LossPart> Terms) Step(Func<LossTerms> loss, AdamW optimizer) =>
        Step(() => GradientPasses.Once(loss, optimizer), optimizer);

    private static (float Total, IReadOnlyList<LossPart> Terms) Step(Func<LossValues> gradients, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        var loss = gradients();
        optimizer.Step();
        var values = HostRead.Floats(loss.Values);
        return (values[0], [.. loss.Terms.Select((t, i) => new LossPart(t.Name, values[i + 1], t.Weight))]);
    }
}
