using ViCo.Grains.Clustering;

namespace ViCo.Grains.Tests.Fleet;

/// <summary>Time on a machine whose clock is set.</summary>
public sealed class SteadyTimeTests
{
    [Fact]
    public void Set_back_by_an_hour_time_goes_on_and_is_the_machines_again_later()
    {
        var machine = new Machine();
        var steady = new SteadyTime(machine);
        var last = steady.GetUtcNow();
        machine.Set(TimeSpan.FromHours(-1));
        for (var second = 1; second <= 2 * 3600; second++)
        {
            machine.Pass(TimeSpan.FromSeconds(1));
            var now = steady.GetUtcNow();
            Assert.InRange(now - last, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(1));
            last = now;
        }
        Assert.InRange((last - machine.GetUtcNow()).TotalSeconds, -1, 1);
        machine.Set(TimeSpan.FromHours(1));
        Assert.Equal(machine.GetUtcNow(), steady.GetUtcNow());
    }

    /// <summary>Its wall clock can be set; its timestamps only count.</summary>
    private sealed class Machine : TimeProvider
    {
        private DateTimeOffset _utc = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => (_utc, _passed) = (_utc + time, _passed + time);

        public void Set(TimeSpan by) => _utc += by;

        public override DateTimeOffset GetUtcNow() => _utc;

        public override long GetTimestamp() => _passed.Ticks;
    }
}
