using System.Numerics;

namespace ViCo.Engine;

/// <summary>Checks a caller's options; messages name the option, what was found and what was wanted.</summary>
internal static class OptionChecks
{
    /// <exception cref="ArgumentException">It is not (nor is NaN).</exception>
    public static T Check<T>(T value, T min, T max, string name)
        where T : INumber<T> =>
        value >= min && value <= max ? value : throw new ArgumentException($"{name} is {value}; wanted {min} to {max}.");

    /// <summary>The ratio of token merging; null for null and 0.</summary>
    /// <exception cref="ArgumentException">It is below 0 or above 0.75: one token in four has to stay.</exception>
    public static double? MergeRatio(double? value) =>
        value is null || Check(value.Value, 0, Models.UNet.TokenMerging.MaxRatio, "TokenMerging") == 0 ? null : value;

    /// <exception cref="ArgumentException">It is not.</exception>
    public static string OneOf(string value, string name, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(value) ? value
            : throw new ArgumentException($"{name} is '{value}'; wanted one of: {string.Join(", ", allowed)}.");
}
