using System.Diagnostics;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <summary>Whether a training and a drawing fit into a memory, through the engine's front door.</summary>
internal static class FitBenchmark
{
    private const int DrawingSteps = 2;

    public static async Task<IReadOnlyList<FitStep>> RunAsync(
        TorchEngine engine, IReadOnlyList<PhotoFile> photos, FitTraining training, IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        var (trainingSteps, batch) = training;
        // A file: in memory the checkpoint would count against what is measured.
        var folder = Directory.CreateTempSubdirectory("vico-fit-");
        try
        {
            var checkpoint = Path.Combine(folder.FullName, "checkpoint.safetensors");
            var observer = new Watch(checkpoint, progress);
            await engine.TrainAsync(
                new(photos, "object",
                    OptionValues.None.With(TrainingOption.Steps, trainingSteps).With(TrainingOption.BatchSize, batch)
                        .With(TrainingOption.PreviewEvery, 0).With(TrainingOption.CheckpointEvery, trainingSteps)),
                observer, cancellationToken);
            ProcessMemory.ResetPeak();
            var began = Stopwatch.GetTimestamp();
            await engine.GenerateAsync(
                new GenerationRequest(StoredFile.At(checkpoint), [photos[0]], "a photo of a *", [1])
                    .With(SamplingOption.SamplingSteps, DrawingSteps), observer, cancellationToken);
            observer.Add($"picture in {DrawingSteps} steps", Stopwatch.GetElapsedTime(began).TotalSeconds);
            return observer.Steps;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Watch(string checkpoint, IProgress<string>? progress) : ITrainingObserver, IGenerationObserver
    {
        public List<FitStep> Steps { get; } = [];

        public bool PauseRequested => false;

        public void Add(string name, double seconds)
        {
            Steps.Add(new(name, seconds, ProcessMemory.Peak));
            progress?.Report(FormattableString.Invariant($"{name}: {seconds:0.0} s, {Steps[^1].Peak >> 20} MiB at most"));
            ProcessMemory.ResetPeak();
        }

        public void OnStart(TrainingStart start) => ProcessMemory.ResetPeak();

        public void OnStep(TrainingStep step) => Add($"training step {step.Step}", step.Seconds);

        public void OnStep(int step, int steps)
        {
        }

        public void OnWarning(string message) => progress?.Report(message);

        public void OnCheckpoint(int step, Action<Stream> write)
        {
            using var file = File.Create(checkpoint);
            write(file);
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }
    }
}
