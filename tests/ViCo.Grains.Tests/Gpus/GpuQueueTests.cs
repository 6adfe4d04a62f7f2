using System.Text.Json.Nodes;
using Orleans.Runtime;
using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Grains.Tests.Jobs;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>The queue as workers and jobs meet it, on a clock the test moves. The test is the worker.</summary>
public sealed class GpuQueueTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = new LeaseOptions().Duration;

    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_lost_lease_lets_the_job_run_once_more_and_finish()
    {
        using var tenant = Cluster.AsTenant();
        var (queue, job) = (_cluster.Queue, await _cluster.NewTrainingAsync("lost", 3));
        var (dead, alive) = (Cluster.Worker("a"), Cluster.Worker("b"));
        var first = (await queue.Lease(dead))!;
        await job.Start(first.Attempt, dead.Id);
        await job.Append(1, 1, JobGrainTests.Steps(0, 1, 3));

        _cluster.Clock.Advance(Lease / 2);
        Assert.Equal(LeaseState.Kept, await queue.Renew(first.JobKey, 1, dead.Id));
        _cluster.Clock.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Null(await queue.Lease(alive));
        _cluster.Clock.Advance(TimeSpan.FromSeconds(2));
        var second = (await queue.Lease(alive))!;
        Assert.Equal((Cluster.Key("lost"), 2), (second.JobKey, second.Attempt));
        Assert.Equal(LeaseState.Lost, await queue.Renew(first.JobKey, 1, dead.Id));

        var start = await job.Start(2, alive.Id);
        Assert.True(start.Accepted);
        await job.Append(2, start.NextBatch, [.. JobGrainTests.Steps(1, 2, 3), new CheckpointSaved(3, "d", 1)]);
        Assert.Equal(AppendResult.Fenced, await job.Append(1, 2, JobGrainTests.Steps(1, 1, 3)));
        Assert.Equal(AppendResult.Accepted, await job.Complete(2));
        await queue.Done(second.JobKey, 2);
        Assert.Null(await queue.Lease(alive));
        Assert.Equal((JobState.Succeeded, 2), ((await job.Get())!.State, (await job.Get())!.Attempt));
    }

    [Fact]
    public async Task A_lost_lease_is_noticed_without_any_worker()
    {
        using var tenant = Cluster.AsTenant();
        var job = await _cluster.NewTrainingAsync("alone", 3);
        var lease = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
        await job.Start(lease.Attempt, Cluster.Worker("a").Id);
        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await WorkerTests.UntilAsync(async () => (await job.Get())!.State == JobState.Queued);
    }

    [Fact]
    public async Task A_lost_lease_is_noticed_when_nobody_is_left_to_wake_the_queue()
    {
        using var tenant = Cluster.AsTenant();
        var job = await _cluster.NewTrainingAsync("orphan", 3);
        var lease = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
        await job.Start(lease.Attempt, Cluster.Worker("a").Id);
        await _cluster.Silos.DeactivateAsync(_cluster.Queue);      // as the death of its silo; the worker's died, too

        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(JobState.Running, (await job.Get())!.State);  // its worker has one lease more to renew
        await WorkerTests.UntilAsync(async () => (await _cluster.Queue.GetStatus()).Running.Count == 1);
        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await WorkerTests.UntilAsync(async () => (await job.Get())!.State == JobState.Queued);
        Assert.Equal(2, (await _cluster.Queue.Lease(Cluster.Worker("b")))!.Attempt);
    }

    [Fact]
    public async Task What_is_set_for_a_tenant_holds_at_once_and_after_the_queue_was_rebuilt()
    {
        using var tenant = Cluster.AsTenant();
        var acme = _cluster.Grains.GetGrain<ITenantGrain>(Cluster.Tenant.Value);
        await acme.AddKey("first", "aa", KeyRole.Admin);
        await _cluster.NewTrainingAsync("waits", 3);
        await acme.SetTerms(new(Suspended: true));
        Assert.Null(await _cluster.Queue.Lease(Cluster.Worker("a")));
        await _cluster.Silos.DeactivateAsync(_cluster.Queue);
        Assert.Null(await _cluster.Queue.Lease(Cluster.Worker("a")));
        await acme.SetTerms(new(Suspended: false, Weight: 3));
        Assert.Equal(Cluster.Key("waits"), (await _cluster.Queue.Lease(Cluster.Worker("a")))!.JobKey);
        await _cluster.Silos.DeactivateAsync(_cluster.Queue);              // what the tenants used is stored as it goes
        var usage = JsonNode.Parse(await _cluster.BytesAsync("queues/default/usage.json"))!;
        Assert.Equal(3, (double?)Assert.Single(usage["tenants"]!.AsArray(), one => (string?)one!["tenant"] == "acme")!["weight"]);
    }

    [Fact]
    public async Task A_running_job_that_the_queue_forgot_is_run_again()
    {
        using var tenant = Cluster.AsTenant();
        var job = await _cluster.NewTrainingAsync("forgotten", 3);
        var lease = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
        await job.Start(lease.Attempt, Cluster.Worker("a").Id);
        await _cluster.Queue.Remove(lease.JobKey);

        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await job.ReadEvents(0, 1);
        await WorkerTests.UntilAsync(async () => (await _cluster.Queue.GetStatus()).Running.Count == 1);
        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        var again = (await _cluster.Queue.Lease(Cluster.Worker("b")))!;
        Assert.Equal((lease.JobKey, 2), (again.JobKey, again.Attempt));
        Assert.True((await job.Start(2, Cluster.Worker("b").Id)).Accepted);
    }

    [Fact]
    public async Task A_worker_at_a_long_job_is_there_and_a_silent_one_is_not()
    {
        using var tenant = Cluster.AsTenant();
        await _cluster.NewTrainingAsync("long");
        var busy = Cluster.Worker("a") with { Sizes = new(128, 64, 65536) };
        var lease = (await _cluster.Queue.Lease(busy))!;
        Assert.Null(await _cluster.Queue.Lease(Cluster.Worker("b")));
        for (var i = 0; i < 8; i++)
        {
            _cluster.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(LeaseState.Kept, await _cluster.Queue.Renew(lease.JobKey, lease.Attempt, busy.Id));
        }
        Assert.Equal([busy], (await _cluster.Queue.GetStatus()).Workers);
    }

    [Fact]
    public async Task A_lease_asked_for_again_after_a_lost_answer_is_the_same_lease()
    {
        using var tenant = Cluster.AsTenant();
        await _cluster.NewTrainingAsync("again-1");
        await _cluster.NewTrainingAsync("again-2");
        var first = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
        var second = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
        Assert.Equal((first.JobKey, first.Attempt), (second.JobKey, second.Attempt));
        Assert.NotEqual(first.JobKey, (await _cluster.Queue.Lease(Cluster.Worker("b")))!.JobKey);
    }

    [Fact]
    public async Task A_restarted_worker_takes_over_at_once_what_its_slot_held()
    {
        using var tenant = Cluster.AsTenant();
        var job = await _cluster.NewTrainingAsync("restart");
        var before = (await _cluster.Queue.Lease(Cluster.Worker("a", "1")))!;
        await job.Start(before.Attempt, Cluster.Worker("a", "1").Id);
        var after = (await _cluster.Queue.Lease(Cluster.Worker("a", "2")))!;
        Assert.Equal((before.JobKey, before.Attempt + 1), (after.JobKey, after.Attempt));
        Assert.True((await job.Start(after.Attempt, Cluster.Worker("a", "2").Id)).Accepted);
    }

    [Fact]
    public async Task A_rebuilt_queue_knows_who_waits_and_who_runs()
    {
        using var tenant = Cluster.AsTenant();
        var (queue, running) = (_cluster.Queue, await _cluster.NewTrainingAsync("runs"));
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await _cluster.NewTrainingAsync("waits-1");
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await _cluster.NewTrainingAsync("waits-2");
        var ended = await _cluster.NewTrainingAsync("ended");
        var lease = (await queue.Lease(Cluster.Worker("a")))!;
        await running.Start(lease.Attempt, Cluster.Worker("a").Id);
        await ended.Cancel();

        await _cluster.Silos.DeactivateAsync(queue);
        Assert.Equal(["runs", "waits-1", "waits-2"], (await queue.GetStatus()).Waiting.Select(e => e.JobKey.Split('/')[1]));

        // The rebuilt queue asks the job, and gives its worker time to renew.
        Assert.Equal(Cluster.Key("waits-1"), (await queue.Lease(Cluster.Worker("b")))!.JobKey);
        Assert.Equal(LeaseState.Kept, await queue.Renew(lease.JobKey, lease.Attempt, Cluster.Worker("a").Id));
        Assert.Equal(Cluster.Key("waits-2"), (await queue.Lease(Cluster.Worker("c")))!.JobKey);
        Assert.Null(await queue.Lease(Cluster.Worker("d")));

        // When its worker does not, the job runs again with a higher attempt.
        await _cluster.Silos.DeactivateAsync(queue);
        await queue.Lease(Cluster.Worker("d"));
        _cluster.Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        await queue.Lease(Cluster.Worker("e"));
        var attempts = (await queue.GetStatus())
            .Running.Concat((await queue.GetStatus()).Waiting.Select(w => new GpuLease(w.JobKey, w.Attempt, default)));
        Assert.True(attempts.Single(l => l.JobKey == Cluster.Key("runs")).Attempt >= 2);
    }

    [Fact]
    public async Task A_rebuilt_queue_knows_that_a_worker_holds_several_drawings()
    {
        using var tenant = Cluster.AsTenant();
        var (queue, worker) = (_cluster.Queue, Cluster.Worker("a"));
        for (var i = 0; i < 3; i++) await _cluster.Job($"shared-{i}").Submit(_cluster.Drawing($"a place {i}"));
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        var first = (await queue.Lease(worker))!;
        (GpuLease Lease, WorkerInfo Lane)[] held =
        [
            (first, worker), ((await queue.LeaseBeside(worker.Lane(2), new(first.JobKey, 7)))!, worker.Lane(2)),
            ((await queue.LeaseBeside(worker.Lane(3), new(first.JobKey, 6)))!, worker.Lane(3)),
        ];
        Assert.Equal(3, held.Select(h => h.Lease.JobKey).Distinct().Count());
        foreach (var (lease, lane) in held)
            Assert.True((await _cluster.Grains.GetGrain<IJobGrain>(lease.JobKey).Start(lease.Attempt, lane.Id)).Accepted);

        await _cluster.Silos.DeactivateAsync(queue);
        Assert.Null(await queue.Lease(Cluster.Worker("b")));
        foreach (var (lease, lane) in held)
            Assert.Equal(LeaseState.Kept, await queue.Renew(lease.JobKey, lease.Attempt, lane.Id));
        Assert.Equal(3, (await queue.GetStatus()).Running.Count);

        // Its process ends, and with it all three: each runs once more.
        var next = (await queue.Lease(Cluster.Worker("a", "2")))!;
        Assert.Equal(2, next.Attempt);
        foreach (var (lease, _) in held)
            Assert.Equal(JobState.Queued, (await _cluster.Grains.GetGrain<IJobGrain>(lease.JobKey).Get())!.State);
    }

    [Fact]
    public async Task A_marker_without_a_job_and_one_of_an_ended_job_vanish()
    {
        using var tenant = Cluster.AsTenant();
        var queue = _cluster.Queue;
        await queue.Enqueue(new(Cluster.Key("ghost"), 1, false, _cluster.Clock.GetUtcNow()));
        var lease = (await queue.Lease(Cluster.Worker("a")))!;
        Assert.False((await _cluster.Job("ghost").Start(lease.Attempt, Cluster.Worker("a").Id)).Accepted);
        Assert.Empty(await _cluster.NamesAsync("queue/"));

        await queue.Enqueue(new(Cluster.Key("ghost"), 1, false, _cluster.Clock.GetUtcNow()));
        await _cluster.Silos.DeactivateAsync(queue);
        Assert.Null(await queue.Lease(Cluster.Worker("a")));
        Assert.Empty(await _cluster.NamesAsync("queue/"));
    }

    [Fact]
    public async Task A_released_job_keeps_its_place_and_its_attempts_rise()
    {
        using var tenant = Cluster.AsTenant();
        var job = await _cluster.NewTrainingAsync("released");
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        await _cluster.NewTrainingAsync("younger");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var lease = (await _cluster.Queue.Lease(Cluster.Worker("a")))!;
            Assert.Equal((Cluster.Key("released"), attempt), (lease.JobKey, lease.Attempt));
            await job.Start(attempt, Cluster.Worker("a").Id);
            Assert.Equal(AppendResult.Accepted, await job.Release(attempt, "drain"));
            await _cluster.Queue.Done(lease.JobKey, attempt);
        }
        Assert.Equal(JobState.Queued, (await job.Get())!.State);
    }

    [Fact]
    public async Task A_silo_that_only_computes_holds_no_grain_and_its_death_moves_none()
    {
        await using var cluster = await Cluster.StartAsync(["gpu", "control", "gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(1));
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        for (var i = 0; i < 5; i++) await concept.Train($"job{i}", Asking.Steps(30));
        for (var i = 0; i < 5; i++) Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job($"job{i}"))).State);

        var ours = await cluster.ActivationsAsync();
        Assert.True(ours.Count >= 8, $"{ours.Count} activations");
        Assert.All(ours, g => Assert.Equal(cluster.Silos.Silos[1].SiloAddress, g.Silo));
    }

    [Fact]
    public async Task What_a_computing_silo_keeps_while_it_is_alone_moves_to_the_first_control_silo()
    {
        await using var cluster =
            await Cluster.StartAsync(["gpu", "control"], fakeClock: false, step: TimeSpan.FromMilliseconds(10), started: 1);
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("alone", Asking.Steps(500));
        var job = cluster.Job("alone");
        await WorkerTests.UntilAsync(async () => (await job.Get())!.Step > 20);
        Assert.All(await cluster.ActivationsAsync(), g => Assert.Equal(cluster.Silos.Silos[0].SiloAddress, g.Silo));

        var control = (await cluster.Silos.StartAdditionalSiloAsync()).SiloAddress;
        await WorkerTests.UntilAsync(async () =>
        {
            await concept.Get();
            // Tenant and indexes are not called while it runs: they leave after the next call.
            return (await cluster.ActivationsAsync())
                .Where(g => !g.Type.Contains("Tenant", StringComparison.Ordinal) && !g.Type.Contains("Index", StringComparison.Ordinal))
                .All(g => g.Silo.Equals(control));
        });
        var view = await Cluster.UntilEndedAsync(job);
        Assert.Equal((JobState.Succeeded, 1), (view.State, view.Attempt));
        Assert.Equal(Enumerable.Range(1, 500), (await Cluster.LogAsync(job)).Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
    }

    [Fact]
    public async Task Whom_a_waiting_job_is_for_travels_in_the_queue_and_outlives_it()
    {
        using var tenant = Cluster.AsTenant();
        await using var cluster = await Cluster.StartAsync();
        await cluster.Job("for-ann").Submit(cluster.Training(3) with { User = "ann@example.org/~" });
        await cluster.Job("for-nobody").Submit(cluster.Training(3));
        for (var rebuilt = 0; rebuilt < 2; rebuilt++)
        {
            var waiting = (await cluster.Queue.GetStatus()).Waiting;
            Assert.Equal("ann@example.org/~", Assert.Single(waiting, e => e.JobKey == Cluster.Key("for-ann")).User);
            Assert.Null(Assert.Single(waiting, e => e.JobKey == Cluster.Key("for-nobody")).User);
            await cluster.Silos.DeactivateAsync(cluster.Queue);
        }
        await cluster.Job("for-ann").Cancel();
        Assert.Single(await cluster.NamesAsync("queue/"));
    }
}
