namespace ViCo.Options;

/// <summary>What an engine is told once, for every run on it.</summary>
public static class EngineOption
{
    /// <summary>Number type of the frozen networks.</summary>
    public static Option<string> Precision { get; } = Option.Choice(
        "precision", "fp32", "What the frozen networks are stored and computed in.",
        new OptionChoice("fp32", "float32"), new OptionChoice("bf16", "bfloat16: half the memory, 8 significant bits"))
        with { Since = 2, Expert = true };
}
