using static ViCo.Engine.OptionChecks;

namespace ViCo.Engine;

/// <summary>The number types that a base model's frozen networks can be stored and computed in, by the names that options use.</summary>
/// <remarks>What is trained, the noise schedule, samplers, losses, attention maps and masks are float32 in any of them.</remarks>
public static class Precision
{
    /// <summary>float32: 24 significant bits. The default.</summary>
    public const string Single = "fp32";

    /// <summary>bfloat16: half the memory, 8 significant bits, float32's range. Quick where the device has instructions for it.</summary>
    public const string BFloat16 = "bf16";

    /// <summary>float16: half the memory, 11 significant bits, numbers up to 65,504. For drawing only: small gradients would vanish in it.</summary>
    public const string Half = "fp16";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Single, BFloat16, Half];

    /// <exception cref="ArgumentException">There is no such precision; the message names those there are.</exception>
    internal static ScalarType TypeOf(string name) =>
        OneOf(name, nameof(Precision), [.. All]) switch
        {
            BFloat16 => ScalarType.BFloat16,
            Half => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
}
