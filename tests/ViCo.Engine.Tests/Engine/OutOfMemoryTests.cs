using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ViCo.Benchmarks;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Memory that really runs out: a process of its own measures what its work takes, and then gives itself less.</summary>
public sealed class OutOfMemoryTests
{
    private const string Child = "VICO_TEST_OUT_OF_MEMORY";
    private const int Samples = 6, Pictures = 2;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Too_little_memory_halves_what_is_done_at_once_and_far_too_little_is_a_plain_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux bounds what a process may take (RLIMIT_DATA).");
        if (Environment.GetEnvironmentVariable(Child) is not null)
        {
            await RunOutAsync();
            return;
        }
        var program = Path.ChangeExtension(typeof(OutOfMemoryTests).Assembly.Location, null);
        var start = new ProcessStartInfo(program, ["-class", typeof(OutOfMemoryTests).FullName!, "-noColor"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Child] = "1";
        // Blocks go back as soon as they are free: what is taken is what is in use.
        start.Environment["GLIBC_TUNABLES"] = "glibc.malloc.mmap_threshold=65536:glibc.malloc.trim_threshold=65536";
        start.Environment["DOTNET_GCgen0size"] = "400000";               // hexadecimal: 4 MiB, whatever the processor's cache
        using var child = Process.Start(start)!;
        try
        {
            var output = await child.StandardOutput.ReadToEndAsync(Stop);
            await child.WaitForExitAsync(Stop);
            Assert.True(child.ExitCode == 0, output);
        }
        finally
        {
            if (!child.HasExited) child.Kill();
        }
    }

    private static async Task RunOutAsync()
    {
        using var cache = new CacheSize();
        await using var engine = await TorchEngine.LoadAsync(
            Repository.PathOf("models", "toybox"), new TorchEngineOptions { Niceness = 0 }
                .With(EngineOption.Threads, 1).With(EngineOption.SamplesPerPass, Samples));
        var first = await TrainAsync(engine);
        var request = (new GenerationRequest(first.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *",
            [.. Enumerable.Range(1, Pictures).Select(seed => (long)seed)]) with { CacheKey = "teapot" })
            .With(SamplingOption.SamplingSteps, 1);
        var drawn = await DrawAsync();
        var training = await TakesAsync(() => TrainAsync(engine));
        Assert.True(cache.Bytes > 0, "nothing of the reference is kept");

        LeaveFree(training * 9 / 10);
        var halved = await TrainAsync(engine);
        Assert.Contains(halved.Warnings, w => w.Contains(
            $"Memory ran out with {Samples} samples a pass; from here on it is {Samples / 2}", StringComparison.Ordinal));
        Assert.Equal(1, halved.Steps[0].Loss / first.Steps[0].Loss, 1e-5);
        Assert.Equal(0, cache.Bytes);

        LeaveFree(training * 3 / 10);
        var error = await Assert.ThrowsAsync<DeviceMemoryException>(() => TrainAsync(engine));
        Assert.Contains(
            $"not enough memory for a training step with {Samples / 2} samples a pass", error.Message, StringComparison.Ordinal);

        // What ran out takes nothing with it.
        LeaveFree(null);
        Assert.Equal(drawn.Select(image => Convert.ToHexString(image.Png.Span)), (await DrawAsync()).Select(
            image => Convert.ToHexString(image.Png.Span)));

        Task<IReadOnlyList<GeneratedImage>> DrawAsync() => engine.GenerateAsync(request, new Recorder(), Stop);
    }

    private static async Task<Recorder> TrainAsync(TorchEngine engine)
    {
        var recorder = new Recorder();
        var training = Teapot.Training(1, OptionValues.None.With(TrainingOption.BatchSize, Samples));
        await engine.TrainAsync(training with { Photos = [.. training.Photos.Take(2)] }, recorder, Stop);
        return recorder;
    }

    /// <summary>Bytes that a piece of work takes at its peak beyond what was there before it.</summary>
    private static async Task<long> TakesAsync(Func<Task> work)
    {
        ProcessMemory.ResetPeak();
        var before = ProcessMemory.Resident;
        await work();
        return ProcessMemory.Peak - before;
    }

    /// <summary>Bounds what this process may still take; null: by nothing.</summary>
    private static void LeaveFree(long? bytes)
    {
        var taken = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmData:", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1];
        var most = bytes is { } free
            ? ((long.Parse(taken, CultureInfo.InvariantCulture) << 10) + free).ToString(CultureInfo.InvariantCulture) : "unlimited";
        using var prlimit = Process.Start("prlimit", ["--pid", $"{Environment.ProcessId}", $"--data={most}:unlimited"]);
        prlimit.WaitForExit();
        Assert.Equal(0, prlimit.ExitCode);
    }

    /// <summary>What caches of reference readings say they hold.</summary>
    private sealed class CacheSize : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _bytes;

        public CacheSize()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "vico.reference_cache.size") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _bytes, change));
            _listener.Start();
        }

        public long Bytes => Interlocked.Read(ref _bytes);

        public void Dispose() => _listener.Dispose();
    }
}
