using ViCo.Benchmarks;

namespace ViCo.Engine.Tests.Benchmarks;

public sealed class MeasuringTests
{
    [Fact]
    public void Paths_take_turns_and_every_second_round_goes_backwards()
    {
        var order = new List<string>();
        PairedRounds.Measure(3, [("a", Work("a")), ("b", Work("b"))], null, TestContext.Current.CancellationToken);
        Assert.Equal(["a1", "b1", "b2", "a2", "a3", "b3"], order);

        Func<int, Timing> Work(string name) => round =>
        {
            order.Add($"{name}{round}");
            return new(1, 1);
        };
    }

    [Fact]
    public void A_ratio_is_paired_by_round_so_that_a_slow_minute_does_not_count()
    {
        // The machine was ten times slower in the second round, for both.
        var slow = new PathTimings("slow", [new(2, 3), new(20, 30), new(2.2, 3)]);
        var quick = new PathTimings("quick", [new(1, 1), new(10, 10), new(1, 1)]);
        var ratio = Ratio.Of(slow, quick);
        Assert.Equal((2, 2, 2.2, 3), (ratio.Value, ratio.Least, ratio.Most, ratio.Processor));
        Assert.Throws<ArgumentException>(() => Ratio.Of(slow, new("fewer", [new(1, 1)])));
    }

    [Fact]
    public void A_line_has_its_slope_and_no_error()
    {
        var trend = LinearTrend.Of([1, 3, 5, 7]);
        Assert.Equal((2, 0), (trend.Slope, trend.StandardError));
        Assert.True(trend.IsDistinct);
    }

    [Fact]
    public void The_slopes_standard_error_is_the_textbooks()
    {
        // x 0..4, y 1 2 4 3 5: slope 0.9, residual sum of squares 1.9, error √(1.9 / 3 / 10).
        var trend = LinearTrend.Of([1, 2, 4, 3, 5]);
        Assert.Equal(0.9, trend.Slope, 1e-12);
        Assert.Equal(Math.Sqrt(1.9 / 3 / 10), trend.StandardError, 1e-12);
        Assert.False(LinearTrend.Of([5, 5.1, 4.9, 5, 5.1, 4.9]).IsDistinct);
    }

    [Fact]
    public void Values_that_follow_their_predecessors_are_rarely_mistaken_for_a_trend()
    {
        var random = new Random(7);
        // about 190 if they counted as independent
        Assert.InRange(Enumerable.Range(0, 400).Count(_ => LinearTrend.Of(Wandering(100, 0.8)).IsDistinct), 10, 60);
        Assert.True(LinearTrend.Of([.. Wandering(100, 0.8).Select((y, x) => y + 0.2 * x)]).IsDistinct);

        double[] Wandering(int n, double memory)
        {
            var (values, last) = (new double[n], 0.0);
            for (var i = 0; i < n; i++) values[i] = last = memory * last + random.NextDouble() - 0.5;
            return values;
        }
    }
}
