using System.CommandLine;
using Spectre.Console;
using ViCo.Benchmarks.Machines;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary>The options of every verb that works with an engine: which base model, which engine, and what the engine is told.</summary>
internal sealed class EngineOptions
{
    private readonly System.CommandLine.Option<string?> _model = new("--model")
    {
        Description = "Base model: a diffusers folder, a single .safetensors or .ckpt of Stable Diffusion 1.x, or a name under models/. Default toybox.",
        HelpName = "DIR",
    };

    private readonly System.CommandLine.Option<string> _engine = new("--engine")
    {
        Description = "torch, or rehearsal: deterministic stand-in pictures in no time, to try the platform.",
        DefaultValueFactory = _ => "torch",
    };

    private readonly ListedOptions _listed = new(EngineOption.All);

    public EngineOptions() => _engine.AcceptOnlyFromAmong("torch", "rehearsal");

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_engine);
        _listed.AddTo(command);
    }

    /// <exception cref="UsageException">There is no such base model.</exception>
    public EngineChoice Choice(ParseResult parsed)
    {
        var choice = new EngineChoice(parsed.GetValue(_engine)!, Installation.BaseModel(parsed.GetValue(_model)), _listed.Values(parsed));
        if (choice.Kind == "torch" && choice.Options.Get(EngineOption.Precision) == Precision.BFloat16
            && !CoreArithmetic.Detect().MultipliesBFloat16)
            AnsiConsole.MarkupLine("[yellow]This processor has no bf16 instructions: unless a GPU computes, --precision bf16 will be slower than fp32.[/]");
        return choice;
    }
}

/// <param name="Kind"><c>torch</c> or <c>rehearsal</c>.</param>
/// <param name="ModelFolder">An existing diffusers folder or single checkpoint file.</param>
/// <param name="Options">Of <see cref="EngineOption"/>, as the command line says; the rest is left to the engine.</param>
internal sealed record EngineChoice(string Kind, string ModelFolder, OptionValues Options)
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
        return await TorchEngine.LoadAsync(ModelFolder, TorchEngineOptions.Of(Options) with { CacheFolder = CacheFolder(Installation.DefaultData) });
    }
}
