using ViCo.Benchmarks.Operators;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <summary>Measures the engine against the plain way of doing the same work, in one process, on a lane of its own.</summary>
public static class EngineBenchmarks
{
    private const int RandomModelPixels = 256;

    /// <summary>One optimizer step on every path.</summary>
    /// <param name="batch">Samples per step.</param>
    public static Task<Comparison> TrainAsync(
        BenchmarkSetup setup, int rounds, int batch, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync(setup, batch, world =>
            TrainingBenchmark.Run(world, rounds, setup.Brief ? [] : TrainingBenchmark.Single, progress, cancellationToken), progress,
            cancellationToken);

    /// <summary>One denoising step on every path, and what a request takes beside.</summary>
    public static Task<(Comparison Steps, OnceARequest Once)> SampleAsync(
        BenchmarkSetup setup, DrawingRounds drawing, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync(
            setup, batch: 1,
            world =>
            {
                var comparison = SamplingBenchmark.Run(
                    world, drawing, setup.Brief ? [] : SamplingBenchmark.Single, progress, cancellationToken);
                progress?.Report("encoding and decoding");
                return (comparison, SamplingBenchmark.Once(world, drawing.Pictures));
            },
            progress, cancellationToken);

    /// <summary>One denoising step of several concepts that share the pass, against as many pictures of one.</summary>
    /// <param name="drawing">A concept for each picture.</param>
    public static Task<StrangersTimings> StrangersAsync(
        BenchmarkSetup setup, DrawingRounds drawing, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync(setup, batch: 1, world => StrangersBenchmark.Run(world, drawing, progress, cancellationToken), progress,
            cancellationToken);

    /// <summary>Where the time of a training step and of a denoising step goes.</summary>
    /// <param name="batch">Samples of the training step.</param>
    /// <param name="drawing">The denoising step; as many training steps are measured.</param>
    public static Task<IReadOnlyList<OperatorTable>> OperatorsAsync(
        BenchmarkSetup setup, int batch, DrawingRounds drawing, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync<IReadOnlyList<OperatorTable>>(
            setup, batch,
            world =>
            {
                progress?.Report("training");
                var train = OperatorBenchmark.Train(world, drawing.Steps, cancellationToken);
                progress?.Report("sampling");
                return [train, OperatorBenchmark.Sample(world, drawing.Pictures, drawing.Steps, cancellationToken)];
            },
            progress, cancellationToken);

    /// <summary>Peak memory of training steps. For a process that does nothing else.</summary>
    /// <param name="changes"><see cref="Changes.None"/> or <see cref="Changes.All"/>.</param>
    /// <param name="batch">Samples per step.</param>
    public static Task<PathMemory> TrainMemoryAsync(BenchmarkSetup setup, Changes changes, int batch,
        CancellationToken cancellationToken) =>
        WithWorldAsync(setup, batch, world => MemoryBenchmark.Train(world, changes), null, cancellationToken);

    /// <summary>Peak memory of a sampling. For a process that does nothing else.</summary>
    /// <param name="changes"><see cref="Changes.None"/> or <see cref="Changes.All"/>.</param>
    /// <param name="pictures">Drawn at once.</param>
    public static Task<PathMemory> SampleMemoryAsync(BenchmarkSetup setup, Changes changes, int pictures,
        CancellationToken cancellationToken) =>
        WithWorldAsync(setup, batch: 1, world => MemoryBenchmark.Sample(world, changes, pictures, cancellationToken), null,
            cancellationToken);

    /// <summary>
    /// Training steps, a sample a pass with blocks computed again, and a picture. For a process that does nothing else.
    /// </summary>
    /// <param name="pixels">Side of the pictures where the weights are random.</param>
    /// <exception cref="DeviceMemoryException">They do not fit.</exception>
    public static async Task<IReadOnlyList<FitStep>> FitAsync(
        BenchmarkSetup setup, int pixels, FitTraining training, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var folder = BenchmarkModel.Of(setup.ModelFolder, pixels, progress, cancellationToken);
        await using var engine = await TorchEngine.LoadAsync(
            folder.Path, new TorchEngineOptions { Niceness = 0 }.With(EngineOption.Threads, setup.Threads)
                .With(EngineOption.Device, setup.Device).With(EngineOption.Precision, setup.Precision).With(EngineOption.SamplesPerPass, 1)
                .With(EngineOption.Recompute, true));
        return await FitBenchmark.RunAsync(engine, setup.Photos, training, progress, cancellationToken);
    }

    /// <summary>Live tensors and resident memory over cycles of training and sampling.</summary>
    public static async Task<CycleMemory> CycleMemoryAsync(
        BenchmarkSetup setup, int cycles, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var folder = BenchmarkModel.Of(setup.ModelFolder, RandomModelPixels, progress, cancellationToken);
        await using var engine =
            await TorchEngine.LoadAsync(folder.Path, new TorchEngineOptions { Niceness = 0 }.With(EngineOption.Threads, setup.Threads)
                .With(EngineOption.Device, setup.Device));
        return await MemoryBenchmark.CycleAsync(engine, setup.Photos, cycles, progress, cancellationToken);
    }

    /// <summary>Cold starts: a base model from its files, a concept from bytes in memory.</summary>
    /// <param name="rounds">Of reading and loading.</param>
    public static async Task<LoadTimings> LoadAsync(
        BenchmarkSetup setup, int rounds, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var lane = new GpuLane("benchmark", setup.Threads, niceness: 0);
        return await lane.RunAsync(
            () =>
            {
                using var folder = BenchmarkModel.Of(setup.ModelFolder, RandomModelPixels, progress, cancellationToken);
                return LoadBenchmark.Run(folder.Path, rounds, progress, cancellationToken);
            },
            cancellationToken);
    }

    private static async Task<T> WithWorldAsync<T>(
        BenchmarkSetup setup, int batch, Func<BenchmarkWorld, T> measure, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var lane = new GpuLane("benchmark", setup.Threads, niceness: 0);
        return await lane.RunAsync(
            () =>
            {
                using var folder = BenchmarkModel.Of(setup.ModelFolder, RandomModelPixels, progress, cancellationToken);
                progress?.Report("loading the base model");
                using var world = BenchmarkWorld.Load(folder.Path, setup, batch);
                return measure(world);
            },
            cancellationToken);
    }
}
