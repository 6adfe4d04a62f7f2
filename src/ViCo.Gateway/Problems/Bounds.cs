using System.Numerics;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Options;

namespace ViCo.Gateway.Problems;

/// <summary>Numbers of a request against their range; absent ones take a default and pass.</summary>
internal static class Bounds
{
    public static ProblemHttpResult? Check<T>(string field, T? value, T least, T most) where T : struct, INumber<T> =>
        Find(field, value, least, most) is { } problem ? Problem.Fields([problem]) : null;

    /// <summary>What is wrong with one number, or null: for routes that take several.</summary>
    public static OptionProblem? Find<T>(string field, T? value, T least, T most) where T : struct, INumber<T> =>
        value is { } found && !(found >= least && found <= most) ? new(field, $"Field '{field}' is {found}; wanted: {least} to {most}.")
            : null;
}
