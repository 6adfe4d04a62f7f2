using System.CommandLine;
using Spectre.Console;
using ViCo.Benchmarks.Machines;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Cli;

/// <summary>The options of every verb that works with an engine: which base model, which engine, and what the engine is told.</summary>
internal sealed class EngineArguments
{
    private readonly System.CommandLine.Option<string?> _model = new("--model")
    {
        Description =
            "Base model: a diffusers folder, a single .safetensors or .ckpt of Stable Diffusion 1.x, or a name under models/. Default "
            + "toybox.",
        HelpName = "DIR",
    };

    private readonly System.CommandLine.Option<string> _engine = new("--engine")
    {
        Description = "torch, or rehearsal: deterministic stand-in pictures in no time, to try the platform.",
        DefaultValueFactory = _ => "torch",
    };

    private readonly ListedOptions _listed = new(EngineOption.All);

    public EngineArguments() => _engine.AcceptOnlyFromAmong("torch", "rehearsal");

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
            Terminal.Warn("This processor has no bf16 instructions: unless a GPU computes, --precision bf16 will be slower than fp32.");
        return choice;
    }
}
