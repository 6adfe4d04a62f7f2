using ViCo.Grains.Gpus;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>Who gets how much of the devices, and how long anybody waits.</summary>
public sealed class FairnessTests
{
    private static readonly double Quantum = new LeaseOptions().TrainingQuantum.TotalSeconds;

    /// <summary>
    /// A thousand jobs of one wait for every one of each other; half of all train, and no two have jobs of the same size. Ten quanta are at
    /// least three turns of each.
    /// </summary>
    [Theory, InlineData(1, 3), InlineData(8, 20)]
    public void Tenants_that_always_have_work_get_the_same_in_every_ten_quanta(int devices, int count)
    {
        var platform = new SharedDevices(devices);
        string[] tenants = [.. Enumerable.Range(0, count).Select(i => $"t{i:D2}")];
        var jobs = 0;
        void Submit(string tenant)
        {
            var kind = int.Parse(tenant.AsSpan(1));
            platform.Submit($"{tenant}/job{jobs++}", kind % 2 == 0 ? 2 + kind : 40 * (kind + 1), interactive: kind % 2 == 0);
        }
        for (var i = 0; i < 1_000; i++) Submit("t00");
        foreach (var tenant in tenants) Submit(tenant);
        platform.Done = key => Submit(key.Split('/')[0]);
        platform.Run(2 * 3600);

        var window = (int)(10 * Quantum);
        var worst = Enumerable.Range(0, platform.Used.Count / 100).Select(i => i * 100).Where(i => i + window <= platform.Used.Count)
            .Min(from => platform.Jain(from, window, tenants));
        TestContext.Current.TestOutputHelper?.WriteLine($"{devices} devices: Jain {worst:F3} at worst, {platform.Pauses} pauses");
        Assert.True(worst >= 0.95, $"Jain {worst:F3}");
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_small_tenant_beside_a_flood_waits_a_quantum_at_most(bool interactive)
    {
        var platform = new SharedDevices(2);
        var jobs = 0;
        void Flood() => platform.Submit($"flood/job{jobs}", jobs++ % 2 == 0 ? 10 : 3_000, interactive: jobs % 2 == 1);
        for (var i = 0; i < 1_000; i++) Flood();
        platform.Done = key =>
        {
            if (key.StartsWith("flood", StringComparison.Ordinal)) Flood();
        };
        platform.Run(900);
        for (var i = 0; i < 10; i++)
        {
            platform.Submit($"small/job{i}", 20, interactive);
            platform.Run(300);
            var work = platform[$"small/job{i}"];
            Assert.True(work.Ended - work.Submitted <= 2 * 20 + Quantum, $"job {i} took {work.Ended - work.Submitted} s");
        }
    }

    [Fact]
    public void Drawings_that_always_wait_do_not_starve_another_tenants_training()
    {
        var platform = new SharedDevices(1);
        var jobs = 0;
        for (; jobs < 500; jobs++) platform.Submit($"draws/job{jobs}", 10, interactive: true);
        platform.Done = key =>
        {
            if (key.StartsWith("draws", StringComparison.Ordinal)) platform.Submit($"draws/job{jobs++}", 10, interactive: true);
        };
        platform.Run(600);
        platform.Submit("trains/one", 400, interactive: false);
        platform.Run(1_200);
        var training = platform["trains/one"];
        Assert.True(training.Started - training.Submitted <= 10, $"started after {training.Started - training.Submitted} s");
        Assert.True(training.Ended - training.Submitted <= 2 * 400 + Quantum, $"ended after {training.Ended - training.Submitted} s");
    }

    [Fact]
    public void A_training_in_the_midst_of_its_own_users_drawings_gets_on()
    {
        var platform = new SharedDevices(1);
        var jobs = 0;
        for (; jobs < 50; jobs++) platform.Submit($"a/job{jobs}", 10, interactive: true);
        platform.Done = _ => platform.Submit($"a/job{jobs++}", 10, interactive: true);
        platform.Submit("a/train", 100_000, interactive: false);
        platform.Run(3_600);
        Assert.True(100_000 - platform["a/train"].Left >= 900, $"{100_000 - platform["a/train"].Left} s of an hour");
    }

    [Fact]
    public void A_long_training_does_not_hold_up_a_short_one_until_its_end_nor_does_it_bounce()
    {
        var platform = new SharedDevices(1) { StartCosts = 2 };
        platform.Submit("long/one", 100_000, interactive: false);
        platform.Run(600);
        platform.Submit("short/one", 20, interactive: false);
        platform.Run(600);
        Assert.True(platform["short/one"].Ended - platform["short/one"].Submitted <= 30, $"{platform["short/one"].Ended}");
        Assert.Equal(1, platform.Pauses);

        platform.Submit("other/one", 100_000, interactive: false);
        platform.Run(3_600);
        Assert.InRange(platform.Pauses, 2, 1 + 3_600 / Quantum);
        Assert.InRange(platform.Used[^3_000..].Sum(s => s.GetValueOrDefault("long")) / 3_000, 0.45, 0.55);
    }

    [Fact]
    public void One_drawing_pauses_one_training_of_eight()
    {
        var platform = new SharedDevices(8);
        for (var i = 0; i < 8; i++) platform.Submit($"t{i}/train", 100_000, interactive: false);
        platform.Run(120);
        for (var i = 0; i < 20; i++)
        {
            platform.Submit($"draws/job{i}", 5, interactive: true);
            platform.Run(60);
            Assert.True(platform[$"draws/job{i}"].Ended - platform[$"draws/job{i}"].Submitted <= 5 + 5, $"drawing {i}");
        }
        Assert.InRange(platform.PausesForDrawings, 1, 20);
        // Who was paused more often than others may get its share back.
        Assert.InRange(platform.Pauses, 1, 25);
    }

    [Fact]
    public void A_training_is_never_paused_for_who_used_more()
    {
        var platform = new SharedDevices(2);
        for (var i = 0; i < 100; i++) platform.Submit($"heavy/job{i}", 20, interactive: true);
        platform.Run(300);
        platform.Submit("light/train", 200, interactive: false);
        platform.Run(260);
        Assert.Equal(0, platform.Pauses);
        Assert.NotNull(platform["light/train"].Ended);
    }

    [Fact]
    public void End_users_of_a_tenant_share_what_it_gets()
    {
        var platform = new SharedDevices(1);
        var jobs = 0;
        for (; jobs < 100; jobs++) platform.Submit($"app/ann{jobs}", 10, interactive: true, "ann");
        platform.Run(120);
        platform.Submit("app/bob", 10, interactive: true, "bob");
        platform.Run(60);
        Assert.True(platform["app/bob"].Started - platform["app/bob"].Submitted <= 10);
    }

    [Fact]
    public void Whoever_comes_back_has_not_saved_up_more_than_a_quantum()
    {
        var platform = new SharedDevices(1);
        var jobs = 0;
        for (; jobs < 100; jobs++) platform.Submit($"busy/job{jobs}", 10, interactive: true);
        platform.Done = _ => platform.Submit($"busy/job{jobs++}", 10, interactive: true);
        platform.Run(1_800);
        for (var i = 0; i < 100; i++) platform.Submit($"back/job{i}", 10, interactive: true);
        platform.Run(300);
        Assert.InRange(platform.Used[^300..].Sum(s => s.GetValueOrDefault("back")), 150, 150 + Quantum);
    }

    [Fact]
    public void Weight_two_gets_twice_as_much()
    {
        var platform = new SharedDevices(1);
        platform.Line.SetWeight("paid", 2);
        for (var i = 0; i < 400; i++)
        {
            platform.Submit($"paid/job{i}", 10, interactive: true);
            platform.Submit($"free/job{i}", 10, interactive: true);
        }
        platform.Run(1_800);
        Assert.InRange(platform.Used.Sum(s => s.GetValueOrDefault("paid")) / 1_800, 0.62, 0.71);
    }

    [Fact]
    public void What_was_used_is_known_after_a_restart_and_halves_in_ten_minutes()
    {
        var before = new SharedDevices(1);
        for (var i = 0; i < 30; i++) before.Submit($"a/job{i}", 10, interactive: true, "ann");
        before.Run(300);
        var stored = before.Line.Usage(before.Now);

        var after = new SharedDevices(1);
        after.Line.Recall(stored, TimeSpan.FromMinutes(10), after.Now);
        var share = Assert.Single(after.Line.Usage(after.Now).Tenants);
        Assert.Equal(stored.Tenants[0].Seconds / 2, share.Seconds, 6);
        Assert.Equal(stored.Tenants[0].Users["ann"] / 2, share.Users["ann"], 6);

        // Restored from their markers, both wait; the one who used nothing is first, though later.
        after.Line.Restore(new("a/next", 1, true, after.Now), after.Now);
        after.Line.Restore(new("b/next", 1, true, after.Now.AddSeconds(1)), after.Now);
        Assert.Equal("b/next", after.Line.Lease("w", after.Now).Ask);
    }
}
