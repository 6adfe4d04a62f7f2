namespace ViCo.Cli.CommandLine;

/// <summary>Says how long is left at the pace so far; silent until ten steps have shown a pace.</summary>
internal sealed class RemainingTime(TimeProvider time)
{
    private int _firstStep;
    private long _began;

    /// <summary>Work begins after <paramref name="firstStep"/>.</summary>
    public void Begin(int firstStep) => (_firstStep, _began) = (firstStep, time.GetTimestamp());

    /// <summary><c>"  ETA 42 s"</c>, or nothing while unknown.</summary>
    public string Words(int step, int steps)
    {
        var done = step - _firstStep;
        return done < 10 || step >= steps ? "" : $"  ETA {PhaseProgress.Elapsed(time.GetElapsedTime(_began) * (steps - step) / done)}";
    }
}
