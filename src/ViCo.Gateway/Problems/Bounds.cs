using System.Numerics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ViCo.Gateway.Problems;

/// <summary>Numbers of a request against their range; absent ones take a default and pass.</summary>
internal static class Bounds
{
    public static ProblemHttpResult? Check<T>(string field, T? value, T least, T most) where T : struct, INumber<T> =>
        value is { } found && !(found >= least && found <= most)
            ? Problem.Field(field, $"Field '{field}' is {found}; wanted: {least} to {most}.")
            : null;

    /// <summary>The share of token merging, refused in the engine's own words; a test holds the two together.</summary>
    public static ProblemHttpResult? CheckTokenMerging(double? ratio) =>
        ratio is { } found && !(found is >= 0 and <= 0.75) ? Problem.Field("tokenMerging", $"TokenMerging is {found}; wanted 0 to 0.75.") : null;
}
