using System.Diagnostics;

namespace ViCo.Benchmarks.Operators;

/// <summary>Charges every moment of a step to one kind of operator: whatever began last.</summary>
/// <remarks>The CPU computes in order, so that what is running is what was called last; on a GPU this would time the calls.</remarks>
internal sealed class OperatorTimeline
{
    private readonly double[] _seconds = new double[Enum.GetValues<OperatorKind>().Length];
    private readonly double[] _gigaFlop = new double[Enum.GetValues<OperatorKind>().Length];
    private OperatorKind _current;
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>What runs from now on.</summary>
    public void Begin(OperatorKind kind)
    {
        var now = Stopwatch.GetTimestamp();
        _seconds[(int)_current] += Stopwatch.GetElapsedTime(_since, now).TotalSeconds;
        (_current, _since) = (kind, now);
    }

    public void Count(OperatorKind kind, double flop) => _gigaFlop[(int)kind] += flop / 1e9;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Begin(OperatorKind.Other);
        Array.Clear(_seconds);
        Array.Clear(_gigaFlop);
    }

    /// <summary>Shares of one step.</summary>
    /// <param name="steps">How many were charged since <see cref="Clear"/>.</param>
    public IReadOnlyList<OperatorShare> Shares(int steps)
    {
        Begin(OperatorKind.Other);
        return [.. Enum.GetValues<OperatorKind>()
            .Select(kind => new OperatorShare(kind, _seconds[(int)kind] / steps, _gigaFlop[(int)kind] / steps))];
    }
}
