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
}
