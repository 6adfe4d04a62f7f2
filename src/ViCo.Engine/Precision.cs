using ViCo.Options;

namespace ViCo.Engine;

/// <summary>The number types that a base model's frozen networks can be stored and computed in, by the names that options use.</summary>
/// <remarks>What is trained, the noise schedule, samplers, losses, attention maps and masks are float32 in any of them.</remarks>
public static class Precision
{
    /// <inheritdoc cref="EngineOption.Single"/>
    public const string Single = EngineOption.Single;

    /// <inheritdoc cref="EngineOption.BFloat16"/>
    public const string BFloat16 = EngineOption.BFloat16;

    /// <inheritdoc cref="EngineOption.Half"/>
    public const string Half = EngineOption.Half;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. EngineOption.Precision.Choices.Select(c => c.Value)];

    /// <exception cref="ArgumentException">There is no such precision; the message names those there are.</exception>
    internal static ScalarType TypeOf(string name) => name switch
    {
        Single => ScalarType.Float32,
        BFloat16 => ScalarType.BFloat16,
        Half => ScalarType.Float16,
        _ => throw new ArgumentException($"{nameof(Precision)} is '{name}'; wanted {EngineOption.Precision.Wanted}."),
    };
}
