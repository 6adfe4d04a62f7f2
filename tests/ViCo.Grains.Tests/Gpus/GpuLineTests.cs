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

    private void Add(string key, bool interactive)
    {
        _now += TimeSpan.FromTicks(1);
        _line.Enqueue(new(key, 1, interactive, _now), _now);
    }

    private string? Next() => _line.Lease($"w{_workers++}", _now).Lease?.JobKey;
}
