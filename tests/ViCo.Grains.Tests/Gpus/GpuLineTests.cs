using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>Who is next.</summary>
public sealed class GpuLineTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly GpuLine _line = new(new(), Start);
    private DateTimeOffset _now = Start;
    private int _workers;

    [Fact]
    public void Sampling_goes_before_training_and_the_older_before_the_younger()
    {
        Add("a/train-1", interactive: false);
        Add("a/train-2", interactive: false);
        Add("a/sample-1", interactive: true);
        Add("a/sample-2", interactive: true);
        Assert.Equal(["a/sample-1", "a/sample-2", "a/train-1", "a/train-2", null], [Next(), Next(), Next(), Next(), Next()]);
    }

    [Fact]
    public void A_training_that_waited_long_goes_before_younger_sampling()
    {
        Add("a/train", interactive: false);
        _now += new LeaseOptions().TrainingWaitsAtMost;
        Add("a/sample", interactive: true);
        Assert.Equal("a/train", Next());
    }

    [Fact]
    public void A_flood_of_one_tenant_does_not_hold_up_another()
    {
        for (var i = 0; i < 100; i++) Add($"flood/{i:D3}", interactive: false);
        Add("small/1", interactive: false);
        Add("small/2", interactive: false);
        Assert.Equal("flood/000", Next());
        _now += TimeSpan.FromSeconds(10);                        // it has run for ten seconds now, the other for none
        Assert.Equal("small/1", Next());
    }

    [Fact]
    public void Gpu_time_is_shared_evenly_between_tenants_that_always_have_work()
    {
        // Jobs of one tenant take four times as long; it gets a quarter of the turns.
        var seconds = new Dictionary<string, double> { ["long"] = 40, ["short"] = 10, ["other"] = 10 };
        foreach (var tenant in seconds.Keys)
        {
            for (var i = 0; i < 400; i++) Add($"{tenant}/{i:D3}", interactive: false);
        }
        Dictionary<string, double> used = [];
        for (var i = 0; i < 300; i++)
        {
            var lease = _line.Lease("w", _now).Lease!;
            var tenant = lease.JobKey.Split('/')[0];
            _now += TimeSpan.FromSeconds(seconds[tenant]);
            used[tenant] = used.GetValueOrDefault(tenant) + seconds[tenant];
            _line.Remove(lease.JobKey, _now);
        }
        var jain = Math.Pow(used.Values.Sum(), 2) / (used.Count * used.Values.Sum(u => u * u));
        Assert.True(jain >= 0.95, $"Jain index {jain:F3}: {string.Join(", ", used)}");
    }

    [Fact]
    public void A_job_that_broke_does_not_stop_the_line()
    {
        Add("a/bad", interactive: false);
        Add("a/good", interactive: false);
        var lease = _line.Lease("w", _now).Lease!;
        Assert.Equal("a/bad", lease.JobKey);
        Assert.Single(_line.Done(lease.JobKey, lease.Attempt, _now));
        Assert.Equal("a/good", Next());
        _now += TimeSpan.FromSeconds(6);
        Assert.Equal("a/bad", Next());
    }

    [Fact]
    public void A_training_is_asked_to_pause_only_for_sampling_that_nobody_takes()
    {
        Add("a/train", interactive: false);
        var lease = _line.Lease("w", _now).Lease!;
        _now += TimeSpan.FromSeconds(15);
        Assert.Equal(LeaseState.Kept, _line.Renew("a/train", lease.Attempt, "w", _now));
        Add("a/sample", interactive: true);
        Assert.Equal(LeaseState.Kept, _line.Renew("a/train", lease.Attempt, "w", _now));
        _now += TimeSpan.FromSeconds(3);
        Assert.Equal(LeaseState.PauseAsked, _line.Renew("a/train", lease.Attempt, "w", _now));
        Assert.Equal("a/sample", Next());
        Assert.Equal(LeaseState.Kept, _line.Renew("a/train", lease.Attempt, "w", _now));
    }

    [Fact]
    public void What_a_worker_left_behind_is_not_taken_for_what_it_does_now()
    {
        // After a rebuild a job's record may still name a worker that has long gone on to another job.
        Add("a/now", interactive: false);
        var lease = _line.Lease("w", _now).Lease!;
        _line.Restore(new("a/then", 1, false, _now), _now);
        Assert.True(_line.Learn("a/then", new(JobState.Running, 3, "w"), _now));
        Assert.Equal(LeaseState.Kept, _line.Renew("a/now", lease.Attempt, "w", _now));
        var other = _line.Lease("v", _now).Lease!;
        Assert.Equal(("a/then", 4), (other.JobKey, other.Attempt));
    }

    [Fact]
    public void A_hundred_thousand_waiting_jobs_of_a_thousand_tenants_are_leased_fast()
    {
        for (var i = 0; i < 100_000; i++) _line.Enqueue(new($"tenant{i % 1000}/job{i}", 1, i % 3 == 0, Start.AddTicks(i)), _now);
        // The best of five stretches: other work on the machine is not the line's doing.
        var rate = 0.0;
        for (var stretch = 0; stretch < 5; stretch++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            for (var i = 0; i < 1_000; i++)
            {
                _now += TimeSpan.FromMilliseconds(1);
                var lease = _line.Lease($"w{i % 50}", _now).Lease!;
                _line.Remove(lease.JobKey, _now);
            }
            rate = Math.Max(rate, 1_000 / watch.Elapsed.TotalSeconds);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:F0} leases/s");
        Assert.True(rate > 1_000, $"{rate:F0} leases/s");
    }

    [Fact]
    public void Work_goes_to_workers_that_hold_its_base_model_and_waits_for_one()
    {
        _line.Enqueue(new("a/on-x", 1, true, _now) { Base = "xxxxxxxxxxxxxxxx" }, _now);
        _line.Enqueue(new("a/on-any", 1, false, _now), _now);
        Assert.Equal("a/on-any", _line.Lease("w1", _now, "yyyyyyyyyyyyyyyyyyyyyyyy").Lease?.JobKey);
        Assert.Null(_line.Lease("w2", _now, "yyyyyyyyyyyyyyyyyyyyyyyy").Lease);
        Assert.Equal("a/on-x", _line.Lease("w3", _now, "xxxxxxxxxxxxxxxxxxxxxxxx").Lease?.JobKey);
    }

    [Fact]
    public void What_takes_its_workers_again_and_again_waits_longer_each_time()
    {
        Add("a/lost", interactive: false);
        Assert.NotNull(Next());
        List<double> waits = [];
        for (var i = 0; i < 9; i++)
        {
            _now += new LeaseOptions().Duration;
            Assert.Single(_line.Expire(_now));
            var lost = _now;
            while (Next() is null) _now += TimeSpan.FromSeconds(0.5);
            waits.Add((_now - lost).TotalSeconds);
        }
        Assert.Equal([0, 1, 2, 4, 8, 16, 32, 60, 60], waits);
    }

    [Fact]
    public void Tenants_take_turns_and_drawings_go_before_trainings()
    {
        for (var n = 0; n < 50; n++) Add($"big/d{n}", interactive: true);
        Add("small/t1", interactive: false);
        Add("small/d1", interactive: true);
        Add("small/d2", interactive: true);
        Add("small/t2", interactive: false);
        int Ahead(string job) => _line.Ahead(_line.Find(job)!);
        Assert.Equal(1, Ahead("small/d1"));                     // one of the other tenant's
        Assert.Equal(1 + 2, Ahead("small/d2"));
        Assert.Equal(2 + 3, Ahead("small/t1"));
        Assert.Equal(3 + 4, Ahead("small/t2"));
        Assert.Equal(49 + 2, Ahead("big/d49"));
        Assert.Null(_line.Find("small/other"));
    }

    [Fact]
    public void A_suspended_tenants_work_waits_its_training_pauses_and_both_go_on_afterwards()
    {
        Add("a/train", interactive: false);
        Add("a/draw-1", interactive: true);
        _line.Suspend("a", true);
        Assert.Null(Next());
        Add("a/draw-2", interactive: true);
        Add("b/train", interactive: false);
        Assert.Equal("b/train", Next());
        Assert.Null(Next());
        _line.Suspend("a", false);
        Assert.Equal(["a/draw-1", "a/draw-2"], [Next(), Next()]);

        var lease = _line.Lease("w", _now).Lease!;
        Assert.Equal("a/train", lease.JobKey);
        Assert.Equal(LeaseState.Kept, _line.Renew("a/train", lease.Attempt, "w", _now));
        _line.Suspend("a", true);
        Assert.Equal(LeaseState.SuspendAsked, _line.Renew("a/train", lease.Attempt, "w", _now));
        _line.Enqueue(new("a/train", lease.Attempt + 1, false, _now), _now);            // its worker has let go of it
        Assert.Null(Next());
        _line.Remove("a/draw-1", _now);
        _line.Remove("a/draw-2", _now);
        _line.Suspend("a", false);
        Assert.Equal("a/train", Next());
    }

    [Fact]
    public void A_worker_that_draws_takes_along_what_can_share_its_passes_by_turns_and_after_a_moment()
    {
        Draw("a/first", "x");
        Draw("b/other-steps", "y");
        Add("b/training", interactive: false);
        Draw("a/second", "x");
        Draw("b/large", "x", pictures: 4);
        Draw("b/small", "x");
        Draw("c/other-base", "x", need: "zzzzzzzzzzzzzzzz");
        Assert.Equal(1, _line.Lease("s/cpu#1", _now, Base).Lease!.Pictures);

        Assert.Null(Beside(2, room: 3));                            // an idle worker may still come for them
        _now += new LeaseOptions().ShareAfter;
        Assert.Equal("b/small", Beside(2, room: 3));                // of who used less
        Assert.Equal("b/small", Beside(2, room: 3));                // the same lane asks again: its answer got lost
        Assert.Equal("a/second", Beside(3, room: 2));
        Assert.Null(Beside(4, room: 1));
        Assert.Null(_line.LeaseBeside("t/cpu#1~2", new("a/first", 8), _now, Base).Lease);       // who does not draw it has no company
        Assert.Equal("b/large", Beside(4, room: 4));
        _line.Remove("a/first", _now);
        Draw("a/third", "x");
        _now += new LeaseOptions().ShareAfter;
        Assert.Null(Beside(5, room: 8));                            // the first drawing is over
    }

    [Fact]
    public void Drawings_that_share_a_device_share_what_it_costs()
    {
        Draw("a/1", "x");
        Draw("b/1", "x");
        _now += new LeaseOptions().ShareAfter;
        _line.Lease("s/cpu#1", _now, Base);
        _now += TimeSpan.FromSeconds(30);
        Assert.NotNull(_line.LeaseBeside("s/cpu#1~2", new("a/1", 8), _now, Base).Lease);
        _now += TimeSpan.FromSeconds(20);
        _line.Remove("b/1", _now);
        _now += TimeSpan.FromSeconds(10);
        _line.Remove("a/1", _now);
        var used = _line.Usage(_now).Tenants.ToDictionary(t => t.Tenant, t => t.Seconds);
        // Thirty seconds alone, half of twenty, ten alone; and the other half of twenty.
        Assert.InRange(used["a"], 46, 51);
        Assert.InRange(used["b"], 9, 10.5);
    }

    [Fact]
    public void Drawings_that_are_lost_with_their_worker_are_not_to_blame_and_go_alone_the_next_time()
    {
        foreach (var key in new[] { "a/1", "a/2", "a/3" }) Draw(key, "x");
        _now += new LeaseOptions().ShareAfter;
        _line.Lease("s/cpu#1", _now, Base);
        Assert.NotNull(Beside(2, room: 7, "a/1"));
        Assert.NotNull(Beside(3, room: 6, "a/1"));

        var lost = _line.LoseSlot("s/cpu#2", _now);
        Assert.Equal(["a/1", "a/2", "a/3"], lost.Select(l => l.JobKey));
        Assert.DoesNotContain(lost, l => l.Died);

        var alone = _line.Lease("s/cpu#2", _now, Base).Lease!;
        Assert.Equal(0, alone.Pictures);
        _now += new LeaseOptions().ShareAfter;
        Assert.Null(_line.LeaseBeside("s/cpu#2~2", new(alone.JobKey, 8), _now, Base).Lease);
        Assert.True(Assert.Single(_line.LoseSlot("s/cpu#3", _now)).Died);
    }

    private const string Base = "xxxxxxxxxxxxxxxxxxxxxxxx";

    private string? Beside(int lane, int room, string first = "a/first") =>
        _line.LeaseBeside($"s/cpu#1~{lane}", new(first, room), _now, Base).Lease?.JobKey;

    private void Draw(string key, string together, int pictures = 1, string? need = null)
    {
        _now += TimeSpan.FromTicks(1);
        _line.Enqueue(new(key, 1, true, _now) { Together = together, Pictures = pictures, Base = need }, _now);
    }

    private void Add(string key, bool interactive)
    {
        _now += TimeSpan.FromTicks(1);
        _line.Enqueue(new(key, 1, interactive, _now), _now);
    }

    private string? Next() => _line.Lease($"w{_workers++}", _now).Lease?.JobKey;
}
