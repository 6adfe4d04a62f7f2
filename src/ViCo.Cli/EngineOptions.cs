using System.CommandLine;
using Spectre.Console;
using ViCo.Benchmarks.Machines;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary>The options of every verb that works with an engine: which base model, which engine, how many threads, in which precision.</summary>
internal sealed class EngineOptions
{
    private readonly System.CommandLine.Option<string?> _model = new("--model") { Description = "Base model: a diffusers folder, a single .safetensors or .ckpt of Stable Diffusion 1.x, or a name under models/. Default toybox.", HelpName = "DIR" };
    private readonly System.CommandLine.Option<string> _engine = new("--engine")
    {
        Description = "torch, or rehearsal: deterministic stand-in pictures in no time, to try the platform.",
        DefaultValueFactory = _ => "torch",
    };

    private readonly System.CommandLine.Option<int?> _threads = Ranged.Int("--threads", "Threads the engine computes with. Default: the machine's cores; one for a narrow network such as the toybox, which is quicker so.", 1, 1024);

    private readonly ListedOptions _listed = new(EngineOption.All);

    public EngineOptions()
    {
        _engine.AcceptOnlyFromAmong("torch", "rehearsal");
    }

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_engine);
        command.Add(_threads);
        _listed.AddTo(command);
    }

    /// <exception cref="UsageException">There is no such base model.</exception>
    public EngineChoice Choice(ParseResult parsed)
    {
        var values = _listed.Values(parsed);
        var choice = new EngineChoice(parsed.GetValue(_engine)!, Installation.BaseModel(parsed.GetValue(_model)), new()
        {
            Threads = parsed.GetValue(_threads),
            Device = values.Get(EngineOption.Device),
            Precision = values.Get(EngineOption.Precision),
            VaePrecision = values.Get(EngineOption.VaePrecision),
            Tf32 = values.Get(EngineOption.Tf32),
            Deterministic = values.Get(EngineOption.Deterministic),
            SamplesPerPass = values.Get(EngineOption.SamplesPerPass),
            Recompute = values.Get(EngineOption.Recompute),
        });
        if (choice is { Kind: "torch", Torch.Precision: Precision.BFloat16 } && !CoreArithmetic.Detect().MultipliesBFloat16)
            AnsiConsole.MarkupLine("[yellow]This processor has no bf16 instructions: unless a GPU computes, --precision bf16 will be slower than fp32.[/]");
        return choice;
    }
}

/// <param name="Kind"><c>torch</c> or <c>rehearsal</c>.</param>
/// <param name="ModelFolder">An existing diffusers folder or single checkpoint file.</param>
/// <param name="Torch">How the torch engine uses the machine.</param>
internal sealed record EngineChoice(string Kind, string ModelFolder, TorchEngineOptions Torch)
{
    /// <summary>Below a data folder: what the engine need not compute again at every start.</summary>
    public static string CacheFolder(string data) => Path.Combine(data, "cache");

    /// <summary>How long a rehearsed step takes: long enough that progress is seen.</summary>
    public static readonly TimeSpan RehearsalStep = TimeSpan.FromMilliseconds(10);

    /// <summary>Loads the base model.</summary>
    /// <exception cref="InvalidDataException">A weight file is missing, damaged or does not fit its configuration.</exception>
    public async Task<IEngine> OpenAsync(CancellationToken cancellationToken) => Kind == "rehearsal"
        ? new RehearsalEngine(RehearsalStep, TimeProvider.System, BaseModelDefaults.Read(ModelFolder))
        : await OpenTorchAsync(cancellationToken);

    /// <summary>Loads the base model for what only the real engine can do.</summary>
    /// <exception cref="InvalidDataException">As <see cref="OpenAsync"/>.</exception>
    public async Task<TorchEngine> OpenTorchAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Kind != "torch") throw new UsageException($"This needs the torch engine; --engine is {Kind}.");
        return await TorchEngine.LoadAsync(ModelFolder, Torch with { CacheFolder = CacheFolder(Installation.DefaultData) });
    }
}
