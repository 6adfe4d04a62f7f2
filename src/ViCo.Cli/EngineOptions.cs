using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Benchmarks.Machines;

namespace ViCo.Cli;

/// <summary>The options of every verb that works with an engine: which base model, which engine, how many threads, in which precision.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string?> _model = new("--model") { Description = "Base model: a diffusers folder, a single .safetensors or .ckpt of Stable Diffusion 1.x, or a name under models/. Default toybox.", HelpName = "DIR" };
    private readonly Option<string> _engine = new("--engine")
    {
        Description = "torch, or rehearsal: deterministic stand-in pictures in no time, to try the platform.",
        DefaultValueFactory = _ => "torch",
    };

    private readonly Option<int?> _threads = Ranged.Int("--threads", "Threads the engine computes with. Default: the machine's cores; one for a narrow network such as the toybox, which is quicker so.", 1, 1024);

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "What U-Net and text tower are stored and computed in: fp32, or bf16 or, for drawing only, fp16 for half the memory. What is trained is fp32 in any.",
        DefaultValueFactory = _ => Precision.Single,
    };

    private readonly Option<string?> _device = new("--device") { Description = "Where the engine computes, such as cpu or cuda:0. Default: the first GPU, or the CPU where there is none.", HelpName = "NAME" };

    private readonly Option<string> _vaePrecision = new("--vae-precision")
    {
        Description = "What the autoencoder is stored and computed in; colours suffer first where bits are few.",
        DefaultValueFactory = _ => Precision.Single,
    };

    private readonly Option<bool> _tf32 = new("--tf32") { Description = "Lets a GPU round factors of fp32 products to 10 bits after the point (TF32); quicker and less exact." };

    private readonly Option<int?> _samplesPerPass = Ranged.Int("--samples-per-pass", "Samples that go through the networks at once. Fewer take less memory and more time. Default: what memory allows.", 1, 64);

    private readonly Option<bool> _recompute = new("--recompute") { Description = "Training computes the U-Net's blocks again instead of keeping them: a third more time, a fraction of the memory." };

    private readonly Option<bool> _deterministic = new("--deterministic") { Description = "Lets a GPU use only operations whose results repeat bit by bit; slower. On a CPU results repeat anyway." };

    public EngineOptions()
    {
        _engine.AcceptOnlyFromAmong("torch", "rehearsal");
        _precision.AcceptOnlyFromAmong([.. Precision.All]);
        _vaePrecision.AcceptOnlyFromAmong([.. Precision.All]);
    }

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_engine);
        command.Add(_threads);
        command.Add(_precision);
        command.Add(_vaePrecision);
        command.Add(_device);
        command.Add(_tf32);
        command.Add(_deterministic);
        command.Add(_samplesPerPass);
        command.Add(_recompute);
    }

    /// <exception cref="UsageException">There is no such base model.</exception>
    public EngineChoice Choice(ParseResult parsed)
    {
        var choice = new EngineChoice(parsed.GetValue(_engine)!, Installation.BaseModel(parsed.GetValue(_model)), parsed.GetValue(_threads), parsed.GetValue(_precision)!)
        {
            VaePrecision = parsed.GetValue(_vaePrecision)!,
            Device = parsed.GetValue(_device),
            Tf32 = parsed.GetValue(_tf32),
            Deterministic = parsed.GetValue(_deterministic),
            SamplesPerPass = parsed.GetValue(_samplesPerPass),
            Recompute = parsed.GetValue(_recompute),
        };
        if (choice is { Kind: "torch", Precision: Precision.BFloat16 } && !CoreArithmetic.Detect().MultipliesBFloat16)
            AnsiConsole.MarkupLine("[yellow]This processor has no bf16 instructions: unless a GPU computes, --precision bf16 will be slower than fp32.[/]");
        return choice;
    }
}

/// <param name="Kind"><c>torch</c> or <c>rehearsal</c>.</param>
/// <param name="ModelFolder">An existing diffusers folder or single checkpoint file.</param>
/// <param name="Threads">Null: what suits the base model.</param>
/// <param name="Precision">A value of <see cref="Engine.Precision"/>.</param>
internal sealed record EngineChoice(string Kind, string ModelFolder, int? Threads, string Precision)
{
    /// <summary>A value of <see cref="Engine.Precision"/>.</summary>
    public string VaePrecision { get; init; } = Engine.Precision.Single;

    /// <summary>As the engine names devices; null: its choice.</summary>
    public string? Device { get; init; }

    /// <inheritdoc cref="TorchEngineOptions.Tf32"/>
    public bool Tf32 { get; init; }

    /// <inheritdoc cref="TorchEngineOptions.Deterministic"/>
    public bool Deterministic { get; init; }

    /// <inheritdoc cref="TorchEngineOptions.SamplesPerPass"/>
    public int? SamplesPerPass { get; init; }

    /// <inheritdoc cref="TorchEngineOptions.Recompute"/>
    public bool Recompute { get; init; }

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
        return await TorchEngine.LoadAsync(ModelFolder, new()
        {
            Threads = Threads, Precision = Precision, VaePrecision = VaePrecision, Device = Device, Tf32 = Tf32, Deterministic = Deterministic,
            SamplesPerPass = SamplesPerPass, Recompute = Recompute,
            CacheFolder = CacheFolder(Installation.DefaultData),
        });
    }
}
