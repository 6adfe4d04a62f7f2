using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>A training's own batches, and behind each as many samples of the class. Owns both.</summary>
/// <remarks>
/// Every sample has a timestep and noise of its own. The object's half is what it would be without the other: its random numbers are its
/// own.
/// </remarks>
/// <param name="classes">Of each object; they take turns as the objects do.</param>
internal sealed class PriorData(ITrainingData objects, BaseModel model, IReadOnlyList<ClassSet> classes, TrainingOptions options)
    : ITrainingData
{
    public TrainingBatch Batch(int step)
    {
        using var scope = NewDisposeScope();
        var own = objects.Batch(step);
        var count = own.Shots.Count;
        var samples = Enumerable.Range(0, count).Select(i => Sample((long)(step - 1) * count + i)).ToArray();
        using var random = new Generator(new StepRandom(options.Get(TrainingOption.Seed), StepRandom.Purpose.PriorNoise, step).Next());
        var even = NewTensor.Normal([count, .. own.Noise.shape[1..]], random, own.Noise.device);
        var noise = OffsetNoise.Added(even, options.Get(DenoisingOption.OffsetNoise), random);
        return new(
            [.. own.Shots, .. samples.Select(s => new Shot(s.Class.Prompt) { IsPrior = true })],
            cat([own.Latents, .. samples.Select(s => s.Class.Latents.narrow(0, s.Picture, 1))]).MoveToOuterDisposeScope(),
            cat([own.Noise, noise]).MoveToOuterDisposeScope(), [.. own.Timesteps, .. samples.Select(s => s.Timestep)])
        {
            LossMask = own.LossMask is not { } mask ? null
                : cat([mask, NewTensor.Ones(mask.shape, mask.dtype, mask.device)]).MoveToOuterDisposeScope(),
        };
    }

    public void Dispose()
    {
        objects.Dispose();
        foreach (var set in classes) set.Dispose();
    }

    private (ClassSet Class, int Picture, int Timestep) Sample(long number)
    {
        var random = new StepRandom(options.Get(TrainingOption.Seed), StepRandom.Purpose.PriorSample, number);
        var set = classes[(int)(number % classes.Count)];
        return (set, random.Below((int)set.Latents.shape[0]), random.Below(model.Schedule.Timesteps));
    }
}
