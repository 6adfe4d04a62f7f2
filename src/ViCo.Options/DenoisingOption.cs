namespace ViCo.Options;

/// <summary>What methods may be told that train many of a network's weights by the plain denoising loss.</summary>
public static class DenoisingOption
{
    /// <summary>The most that a step's gradients may come to.</summary>
    public static Option<double?> ClipNorm { get; } = Option.OptionalNumber(
        "clipNorm", 1e-9, 1e6,
        "Scales a step's gradients down to this length all together where they are longer; by default not at all. More lets more through.")
        with { Since = 2, Expert = true };

    /// <summary>Noise that is the same in all cells of a picture.</summary>
    public static Option<double> OffsetNoise { get; } = Option.Number(
        "offsetNoise", 0, 1, 0,
        "Strength of noise that is one number per picture and channel, beside the usual. More teaches darker and brighter pictures.")
        with { Since = 2, Expert = true };

    /// <summary>Bound of a timestep's signal-to-noise ratio in the loss.</summary>
    public static Option<double?> MinSnr { get; } = Option.OptionalNumber(
        "minSnr", 0.01, 1000,
        "Weighs timesteps of little noise down, by this bound of the signal-to-noise ratio; 5 is usual. By default all weigh alike.")
        with { Since = 2, Expert = true };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OptionSpec> All { get; } = [ClipNorm, OffsetNoise, MinSnr];
}
