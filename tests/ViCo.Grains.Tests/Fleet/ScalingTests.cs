using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;

namespace ViCo.Grains.Tests.Fleet;

/// <summary>How many devices a pool should have, and which silos may go.</summary>
public sealed class ScalingTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void More_devices_are_wanted_at_once_and_fewer_after_a_calm()
    {
        var options = new FleetOptions { MostDevices = 10 };
        var wanted = new WantedDevices(options);
        Assert.Equal(1, wanted.Next(Load(0, 0, running: 0), there: 0, Begin));
        Assert.Equal(6, wanted.Next(Load(3 * options.Wait.TotalSeconds, 5, running: 3), there: 3, Begin));
        Assert.Equal(10, wanted.Next(Load(1e9, 1_000, running: 3), there: 3, Begin));
        Assert.Equal(10, wanted.Next(Load(0, 0, running: 2), there: 3, Begin + options.Calm));
        Assert.Equal(2, wanted.Next(Load(0, 0, running: 2), there: 3, Begin + options.Calm + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_job_uses_one_device_however_long_it_takes() =>
        Assert.Equal(3, new WantedDevices(new()).Next(Load(1e6, 2, running: 1), there: 1, Begin));

    [Fact]
    public void Whoever_begins_to_look_sends_no_device_away()
    {
        var wanted = new WantedDevices(new());
        Assert.Equal(8, wanted.Next(Load(0, 0, running: 0), there: 8, Begin));
        Assert.Equal(1, wanted.Next(Load(0, 0, running: 0), there: 8, Begin + new FleetOptions().Calm + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void The_last_silos_go_first_and_none_that_works()
    {
        // Ten comes after two: numbers count, not letters.
        SiloView[] silos = [Silo(10), Silo(0, running: 1), Silo(1), Silo(2, running: 1), Silo(3)];
        var plan = ScalingPlan.Of(2, silos);
        Assert.Equal(["gpu-10", "gpu-2", "gpu-3"], plan.Spare.Order());
        Assert.Equal(3, plan.Devices);                          // gpu-2 is to hand on what it has first
        Assert.Equal(2, ScalingPlan.Of(2, [Silo(0, running: 1), Silo(1, running: 1), Silo(2), Silo(3)]).Devices);
        Assert.Equal(7, ScalingPlan.Of(7, silos).Devices);
        Assert.Empty(ScalingPlan.Of(7, silos).Spare);
    }

    [Fact]
    public void What_an_operator_took_out_is_replaced_and_counted_as_long_as_it_stands_among_the_others()
    {
        SiloView[] silos = [Silo(0), Silo(1, state: SiloState.Cordoned), Silo(2)];
        Assert.Equal(3, ScalingPlan.Of(2, silos).Devices);
        Assert.Equal(4, ScalingPlan.Of(3, silos).Devices);
        // At the end it may go once it is empty.
        Assert.Equal(2, ScalingPlan.Of(2, [Silo(0), Silo(1), Silo(2, state: SiloState.Draining)]).Devices);
        Assert.Equal(3, ScalingPlan.Of(2, [Silo(0), Silo(1), Silo(2, running: 1, state: SiloState.Draining)]).Devices);
    }

    /// <summary>
    /// A day's wave between a fifth and nine fifths of the mean, and ten times as much for a quarter of an hour, on nodes that take five
    /// minutes to come.
    /// </summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void A_day_passes_without_a_killed_job_and_with_few_turns_of_the_autoscaler(int seed)
    {
        const int day = 24 * 3600, burst = 11 * 3600;
        var options = new FleetOptions { MostDevices = 40, Autoscaled = true };
        var simulated = new SimulatedDay(seed, options, second =>
            0.08 * (1 - 0.8 * Math.Cos(2 * Math.PI * second / day)) * (second is >= burst and < burst + 900 ? 10 : 1));
        simulated.Run(day);
        simulated.Waits.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {simulated.Submitted} jobs, {simulated.Killed} killed, at most {simulated.Reversals()} reversals an hour, "
            + $"{simulated.Nodes.Min()} to {simulated.Nodes.Max()} nodes, {simulated.Nodes.Average():F1} on average; waits: median "
            + $"{simulated.Waits[simulated.Waits.Count / 2]} s, 95 % {simulated.Waits[simulated.Waits.Count * 95 / 100]} s");
        Assert.Equal(0, simulated.Killed);
        Assert.InRange(simulated.Reversals(), 0, 4);
        Assert.InRange(simulated.Submitted - simulated.Done, 0, 50);
        Assert.InRange(simulated.Nodes.Max(), options.MostDevices * 0.9, options.MostDevices);
        Assert.True(simulated.Nodes.Average() < options.MostDevices / 2, $"{simulated.Nodes.Average():F1} nodes on average");
        Assert.InRange(simulated.Waits[simulated.Waits.Count / 2], 0, 10);
    }

    private static QueueLoad Load(double seconds, int waiting, int running) => new(waiting, 0, running, seconds);

    private static SiloView Silo(int ordinal, int running = 0, SiloState state = SiloState.Active)
    {
        var (name, worker) = ($"gpu-{ordinal}", $"gpu-{ordinal}/gpu#1");
        return new(name, state, [new(worker, name, "gpu", "any")],
            [.. Enumerable.Range(0, running).Select(i => new WorkerLease(worker, $"a/{i}", 1, true, TimeSpan.Zero, 5))]);
    }
}
