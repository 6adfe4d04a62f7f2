using ViCo.Engine.Training;

namespace ViCo.Engine.Tests.Training;

public sealed class ResumeScheduleTests
{
    private readonly HandTime _time = new();

    [Fact]
    public void A_resume_point_is_due_after_thirty_seconds_of_work_and_again_thirty_seconds_after_it_was_written()
    {
        var schedule = new ResumeSchedule(_time, new TorchEngineOptions().ResumeEvery, everySteps: null);
        _time.Seconds += 29;
        Assert.False(schedule.Due(1));
        _time.Seconds += 1;
        Assert.True(schedule.Due(2));
        _time.Seconds += 20;                                     // writing it took long: that is no work
        schedule.Written();
        _time.Seconds += 29;
        Assert.False(schedule.Due(3));
        _time.Seconds += 1;
        Assert.True(schedule.Due(4));
    }

    [Fact]
    public void A_step_that_takes_longer_than_that_is_followed_by_one()
    {
        var schedule = new ResumeSchedule(_time, TimeSpan.FromSeconds(30), everySteps: null);
        foreach (var step in new[] { 1, 2, 3 })
        {
            _time.Seconds += 90;
            Assert.True(schedule.Due(step));
            schedule.Written();
        }
    }

    [Fact]
    public void Whoever_counts_in_steps_gets_them_by_steps()
    {
        var schedule = new ResumeSchedule(_time, TimeSpan.FromSeconds(30), everySteps: 5);
        _time.Seconds += 1000;
        Assert.Equal([5, 10], Enumerable.Range(1, 12).Where(schedule.Due));
    }

    private sealed class HandTime : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
