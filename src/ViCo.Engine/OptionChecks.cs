using System.Numerics;

namespace ViCo.Engine;

/// <summary>Checks a caller's options; messages name the option, what was found and what was wanted.</summary>
internal static class OptionChecks
{
    /// <exception cref="ArgumentException">It is not (nor is NaN).</exception>
    public static T Check<T>(T value, T min, T max, string name)
        where T : INumber<T> =>
        value >= min && value <= max ? value : throw new ArgumentException($"{name} is {value}; wanted {min} to {max}.");

    /// <exception cref="ArgumentException">It is not.</exception>
    public static string OneOf(string value, string name, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(value) ? value
            : throw new ArgumentException($"{name} is '{value}'; wanted one of: {string.Join(", ", allowed)}.");
}
