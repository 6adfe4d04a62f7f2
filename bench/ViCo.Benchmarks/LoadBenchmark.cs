using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Benchmarks;

/// <inheritdoc cref="LoadTimings"/>
internal static partial class LoadBenchmark
{
    private const int SwapRounds = 9;
    private const int DontNeed = 4;                              // POSIX_FADV_DONTNEED on Linux

    public static LoadTimings Run(string folder, int rounds, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        var cache = Directory.CreateTempSubdirectory("vico-digests-").FullName;
        try
        {
            var digests = new DigestCache(cache, TimeProvider.System);
            Load(folder, digests);                               // files just written are not remembered the first time
            Load(folder, digests);
            (string Name, Func<string[], Timing> Work)[] paths =
                [("read", Read), ("load", _ => Load(folder, digests)), ("load and hash", _ => Load(folder, null))];
            var cold = OperatingSystem.IsLinux() ? Measure(work => Forgotten(files, work)) : [];
            Read(files);
            var warm = Measure(work => work(files));
            var (bytes, swaps) = Swap(folder);
            return new(files.Sum(f => new FileInfo(f).Length), bytes, cold, warm, swaps);

            IReadOnlyList<PathTimings> Measure(Func<Func<string[], Timing>, Timing> run) =>
                PairedRounds.Measure(rounds, [.. paths.Select(p => (p.Name, (Func<int, Timing>)(_ => run(p.Work))))], progress,
                    cancellationToken);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    private static Timing Read(string[] files)
    {
        var buffer = new byte[1 << 20];
        var clock = new Stopclock();
        foreach (var path in files)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
                FileOptions.SequentialScan);
            while (file.Read(buffer) > 0)
            {
            }
        }
        return clock.Elapsed;
    }

    private static Timing Load(string folder, DigestCache? digests)
    {
        var clock = new Stopclock();
        using var model = BaseModel.Load(folder, CPU, digests: digests);
        return clock.Elapsed;
    }

    private static Timing Forgotten(string[] files, Func<string[], Timing> work)
    {
        foreach (var path in files)
        {
            using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);                       // pages not yet written cannot be forgotten
            _ = Advise(file.SafeFileHandle, 0, 0, DontNeed);
        }
        return work(files);
    }

    private static (long Bytes, IReadOnlyList<double> Seconds) Swap(string folder)
    {
        using var model = BaseModel.Load(folder, CPU);
        var options = TrainingOptions.From(model.Defaults, OptionValues.None);
        var checkpoint = Path.GetTempFileName();
        using (var concept = Concept.Create(model, KnownMethods.All.Named(options.Get(TrainingOption.Method)), options, ["object"]))
        using (var output = File.Create(checkpoint))
            concept.Write(output, 1);
        var seconds = new List<double>();
        Concept? current = null;
        for (var i = 0; i < SwapRounds; i++)
        {
            var clock = new Stopclock();
            current?.Dispose();
            current = Concept.Load(model, KnownMethods.All, StoredFile.At(checkpoint));
            seconds.Add(clock.Elapsed.Wall);
        }
        current?.Dispose();
        var bytes = new FileInfo(checkpoint).Length;
        File.Delete(checkpoint);
        return (bytes, seconds);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
