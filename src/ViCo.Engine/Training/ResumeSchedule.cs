namespace ViCo.Engine.Training;

/// <summary>
/// When a resume point is due: after so much work, so that little is lost when the machine dies, or
/// every so many steps where the caller says so.
/// </summary>
/// <param name="every">Work since the last one.</param>
/// <param name="everySteps">Steps instead of time; null: by time.</param>
internal sealed class ResumeSchedule(TimeProvider time, TimeSpan every, int? everySteps)
{
    private long _last = time.GetTimestamp();

    /// <summary>Asked after <paramref name="step"/>.</summary>
    public bool Due(int step) => everySteps is { } steps ? step % steps == 0 : time.GetElapsedTime(_last) >= every;

    /// <summary>One was written just now: the next is due after as much work again, however long the writing took.</summary>
    public void Written() => _last = time.GetTimestamp();
}
