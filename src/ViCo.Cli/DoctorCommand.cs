using System.CommandLine;
using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Doctor;
using ViCo.Engine;
using ViCo.Benchmarks.Machines;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary><c>vico doctor</c>: what this machine has, what it computes, and what is missing for what.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var engine = new EngineArguments();
        var size = Ranged.Int("--matrix", "Rows of the square matrices that are multiplied. Default 2048.", 256, 16384);
        var json = Terminal.JsonOption();
        var command = new Verb(
            "doctor",
            "Checks the machine: SDK, libtorch and devices, arithmetic speed beside what the cores could do, disk, base model, tools "
                + "of the tests.",
            ("vico doctor", "everything, in a few seconds"))
        {
            size, json,
        };
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(engine.Choice(parsed), parsed.GetValue(size) ?? 2048, parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(EngineChoice engine, int matrix, bool json, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        findings.Add(Tool.Run("dotnet", "--version") is { } sdk
            ? Finding.Good("SDK", $".NET {sdk}; runtime {Environment.Version}")
            : Finding.Missing("SDK", $"no dotnet on the path (runtime {Environment.Version}); needed to build and for vico test"));

        var processor = Processor.Detect();
        findings.Add(Finding.Good("processor", string.Create(
            CultureInfo.InvariantCulture,
            $"{processor.Name}; {processor.Cores} "
                + $"cores{(processor.ThreadsPerCore > 1 ? $" ({processor.ThreadsPerCore} to a physical core)" : "")}; "
                + $"{processor.Core.Vectors}; {processor.GigaHertz:0.0} GHz now")));
        findings.Add(Memory());

        var threads = engine.Options.Get(EngineOption.Threads) ?? Environment.ProcessorCount;
        var report = await DeviceProbe.MeasureAsync(threads, matrix, cancellationToken);
        var accelerators = report.Devices.Where(d => d.Name.StartsWith("cuda", StringComparison.Ordinal)).ToList();
        findings.Add(
            Finding.Good("libtorch",
            $"{report.TorchVersion}; devices: cpu{string.Concat(accelerators.Select(a => $", {a.Name}"))}; {report.Threads} threads "
            + $"on the CPU"));
        findings.AddRange(Speed.Judge(processor, report, matrix));

        findings.Add(Disk("disk", Installation.DefaultData));
        findings.Add(await BaseModelAsync(engine, cancellationToken));
        findings.Add(Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { Length: > 0 } tunables
            ? Finding.Good("allocator", tunables)
            : Finding.Note("allocator",
                "GLIBC_TUNABLES is not set; ./vico sets it, which spares libtorch the page faults of large blocks, or lets it give them "
                    + "back where ulimit -d sets a limit"));

        findings.Add(Tool.ForTests("redis-server", "the cluster test"));
        findings.Add(Tool.ForTests("azurite-blob", "the Azure storage and cluster tests; ./vico test installs it by npm"));
        findings.Add(Tool.ForTests("chromium", "the studio test", "chromium-browser", "google-chrome"));
        findings.Add(Tool.ForTests("node", "azurite"));
        if (json) Terminal.Json(findings.All);
        else findings.Print();
        return findings.Failed ? 1 : 0;
    }

    private static Finding Memory()
    {
        var bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var text = string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
        return bytes < 3e9 ? Finding.Note("memory", $"{text}; the toybox needs about 2 GB") : Finding.Good("memory", text);
    }

    private static Finding Disk(string name, string folder)
    {
        var at = new DirectoryInfo(folder);
        while (!at.Exists && at.Parent is not null) at = at.Parent;
        var free = new DriveInfo(at.FullName).AvailableFreeSpace;
        var text = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB free at {folder}");
        return free < 2e9 ? Finding.Missing(name, $"{text}; at least 2 GB are wanted for checkpoints and pictures")
            : Finding.Good(name, text);
    }

    /// <summary>Loads it as a training would: a missing, unexpected or mis-shaped key is an error.</summary>
    private static async Task<Finding> BaseModelAsync(EngineChoice engine, CancellationToken cancellationToken)
    {
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            await using var opened = await engine.OpenAsync(cancellationToken);
            return Finding.Good("base model",
                $"{opened.Info.BaseModel} at {opened.Info.ImageSize} px on {opened.Info.Device} in {opened.Info.Precision}, every key "
                + $"in place; loaded in {PhaseProgress.Elapsed(TimeProvider.System.GetElapsedTime(began))}");
        }
        catch (InvalidDataException e)
        {
            return Finding.Missing("base model", e.Message);
        }
    }
}
