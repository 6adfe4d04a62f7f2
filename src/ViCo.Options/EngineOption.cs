namespace ViCo.Options;

/// <summary>What an engine is told once, for every run on it.</summary>
public static class EngineOption
{
    /// <summary>float32: 24 significant bits.</summary>
    public const string Single = "fp32";

    /// <summary>bfloat16: half the memory, 8 significant bits, float32's range. Quick where the device has instructions for it.</summary>
    public const string BFloat16 = "bf16";

    /// <summary>
    /// float16: half the memory, 11 significant bits, numbers up to 65,504. For drawing only: small gradients would vanish in it.
    /// </summary>
    public const string Half = "fp16";

    /// <summary>Number type of the frozen networks.</summary>
    public static Option<string> Precision { get; } = Option.Choice(
        "precision", Single, "What U-Net and text tower are stored and computed in. What is trained stays in fp32.",
        new OptionChoice(Single, "float32"), new OptionChoice(BFloat16, "bfloat16: half the memory, 8 significant bits"),
        new OptionChoice(Half, "float16: half the memory, 11 significant bits, small range; for drawing only"))
        with { Since = 2, Expert = true };

    /// <summary>Number type of the autoencoder.</summary>
    public static Option<string> VaePrecision { get; } = Option.Choice(
        "vaePrecision", Single, "What the autoencoder is stored and computed in. With fewer bits, colours suffer first.",
        new OptionChoice(Single, "float32"), new OptionChoice(BFloat16, "bfloat16"), new OptionChoice(Half, "float16"))
        with { Since = 2, Expert = true };

    /// <summary>Where the engine computes.</summary>
    public static Option<string> Device { get; } = Option.Text(
        "device", 16, "", "Where the engine computes, such as cpu or cuda:0. By default the first GPU, or the CPU where there is none.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>Threads on the CPU.</summary>
    public static Option<int?> Threads { get; } = Option.OptionalInteger(
        "threads", 1, 1024,
        "Threads the engine computes with. By default one per core; one alone for a narrow network such as the toybox, which is "
            + "quicker that way.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>Only operations whose results repeat bit by bit.</summary>
    public static Option<bool> Deterministic { get; } = Option.Switch(
        "deterministic", false, "Let a GPU use only operations whose results repeat bit by bit; slower. On a CPU results repeat anyway.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>TensorFloat-32.</summary>
    public static Option<bool> Tf32 { get; } = Option.Switch(
        "tf32", false, "Let a GPU round factors of fp32 products to 10 bits after the point (TF32); quicker and less exact.")
        with { Since = 2, Expert = true };

    /// <summary>Samples at once.</summary>
    public static Option<int?> SamplesPerPass { get; } = Option.OptionalInteger(
        "samplesPerPass", 1, 64,
        "Samples that go through the networks at once. Fewer take less memory and more time; by default what memory allows.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>Blocks are computed again instead of kept.</summary>
    public static Option<bool> Recompute { get; } = Option.Switch(
        "recompute", false,
        "Training computes the U-Net's blocks again instead of keeping them: a third more time, a fraction of the memory.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>All of them.</summary>
    public static OptionList All { get; } = new([Device, Threads, Precision, VaePrecision, Tf32, Deterministic, SamplesPerPass, Recompute]);
}
