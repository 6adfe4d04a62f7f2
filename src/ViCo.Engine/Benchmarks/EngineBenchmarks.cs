namespace ViCo.Engine.Benchmarks;

/// <summary>What a benchmark works with.</summary>
/// <param name="ModelFolder">A base model in diffusers' layout; null: Stable Diffusion 1.5's sizes with random weights, written to a temporary folder for pictures of 256 px.</param>
/// <param name="Photos">Photos of one object, 2 or more.</param>
/// <param name="Threads">libtorch's threads.</param>
public sealed record BenchmarkSetup(string? ModelFolder, IReadOnlyList<PhotoFile> Photos, int Threads);

/// <summary>What comes once a request of pictures, beside its denoising steps.</summary>
/// <param name="Encode">The reference photo through the VAE encoder.</param>
/// <param name="PlainDecode">All pictures through the decoder at once.</param>
/// <param name="Decode">The same one by one, as the engine does.</param>
public sealed record OnceARequest(Timing Encode, Timing PlainDecode, Timing Decode);

/// <summary>Measures the engine against the plain way of doing the same work, in one process, on a lane of its own.</summary>
public static class EngineBenchmarks
{
    private const int RandomModelPixels = 256;

    /// <summary>One optimizer step on every path.</summary>
    /// <param name="batch">Samples per step.</param>
    public static Task<Comparison> TrainAsync(
        BenchmarkSetup setup, int rounds, int batch, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync(setup, batch, world => TrainingBenchmark.Run(world, rounds, progress, cancellationToken), progress, cancellationToken);

    /// <summary>One denoising step on every path, and what a request takes beside.</summary>
    /// <param name="pictures">Drawn at once.</param>
    /// <param name="steps">Denoising steps of a run, 2 or more.</param>
    public static Task<(Comparison Steps, OnceARequest Once)> SampleAsync(
        BenchmarkSetup setup, int rounds, int pictures, int steps, IProgress<string>? progress, CancellationToken cancellationToken) =>
        WithWorldAsync(
            setup, batch: 1,
            world =>
            {
                var comparison = SamplingBenchmark.Run(world, rounds, pictures, steps, progress, cancellationToken);
                progress?.Report("encoding and decoding");
                return (comparison, SamplingBenchmark.Once(world, pictures));
            },
            progress, cancellationToken);

    private static async Task<T> WithWorldAsync<T>(
        BenchmarkSetup setup, int batch, Func<BenchmarkWorld, T> measure, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await using var lane = new GpuLane("benchmark", setup.Threads, niceness: 0);
        return await lane.RunAsync(
            () =>
            {
                using var folder = ModelFolder.Of(setup.ModelFolder, RandomModelPixels, progress, cancellationToken);
                progress?.Report("loading the base model");
                using var world = BenchmarkWorld.Load(folder.Path, setup.Photos, batch);
                return measure(world);
            },
            cancellationToken);
    }
}

/// <summary>A base model's folder that is there while this lives.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly bool _temporary;

    private ModelFolder(string path, bool temporary) => (Path, _temporary) = (path, temporary);

    public string Path { get; }

    /// <param name="existing">Null: a temporary one with random weights.</param>
    public static ModelFolder Of(string? existing, int sizePixels, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (existing is not null) return new(existing, temporary: false);
        var folder = new ModelFolder(Directory.CreateTempSubdirectory("vico-random-sd-").FullName, temporary: true);
        try
        {
            RandomModel.Write(folder.Path, sizePixels, progress, cancellationToken);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_temporary) Directory.Delete(Path, recursive: true);
    }
}
