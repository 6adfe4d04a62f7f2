namespace ViCo.Grains.Clustering;

/// <summary>
/// A clock whose UTC never runs back, whatever is done to the machine's: set back, it goes on at half its pace until the machine's has
/// caught up. Set forward, it jumps.
/// </summary>
internal sealed class SteadyTime(TimeProvider inner) : TimeProvider
{
    private readonly Lock _gate = new();
    private DateTimeOffset _last = DateTimeOffset.MinValue;
    private long _lastAt = inner.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            var (now, at) = (inner.GetUtcNow(), inner.GetTimestamp());
            var least = _last + inner.GetElapsedTime(_lastAt, at) / 2;
            if (now < least) now = least;
            (_last, _lastAt) = (now, at);
            return now;
        }
    }

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
