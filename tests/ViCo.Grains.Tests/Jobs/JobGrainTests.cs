using Orleans.Runtime;
using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Tests.Jobs;

public sealed class JobGrainTests(JobGrainTests.Fixture fixture) : IClassFixture<JobGrainTests.Fixture>
{
    public sealed class Fixture : IAsyncLifetime
    {
        public Cluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await Cluster.StartAsync();

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }

    private readonly Cluster _cluster = fixture.Cluster;
    private readonly IDisposable _tenant = Cluster.AsTenant();

    [Fact]
    public async Task Submitting_twice_queues_once()
    {
        var first = await _cluster.Job("twice").Submit(_cluster.Training(10));
        _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        var second = await _cluster.Job("twice").Submit(_cluster.Training(10));
        Assert.Equal(first.Job!.Submitted, second.Job!.Submitted);
        Assert.Equal(1, second.Job.LastSeq);
        Assert.Single((await _cluster.Queue.GetStatus()).Waiting, e => e.JobKey == Cluster.Key("twice"));
    }

    [Fact]
    public async Task One_id_cannot_stand_for_two_requests()
    {
        await _cluster.NewTrainingAsync("one-id", 10);
        var other = await _cluster.Job("one-id").Submit(_cluster.Training(11));
        Assert.Contains("another request", other.Problem);
        Assert.Null(other.Job);
        Assert.Equal(10, (await _cluster.Job("one-id").Get())!.Steps);
    }

    [Fact]
    public async Task Sequence_numbers_have_no_gap_under_concurrent_readers_writers_and_deactivations()
    {
        var job = await _cluster.NewTrainingAsync("gapless", 700);
        var start = await job.Start(1, "w");
        Assert.True(start.Accepted);

        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using var scope = Cluster.AsTenant();
            var seen = 0L;
            while (!done.IsCancellationRequested)
            {
                foreach (var e in (await job.ReadEvents(seen, 50)).Events) Assert.Equal(++seen, e.Seq);
            }
        })).ToList();
        for (var batch = 0; batch < 70; batch++)
        {
            if (batch % 12 == 11) await _cluster.Silos.DeactivateAsync(job);
            Assert.Equal(AppendResult.Accepted, await job.Append(1, start.NextBatch + batch, Steps(batch * 10, 10, 700)));
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);

        var log = await Cluster.LogAsync(job);
        Assert.Equal(Enumerable.Range(1, 702).Select(n => (long)n), log.Select(e => e.Seq));
        Assert.Equal(Enumerable.Range(1, 700), log.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
        Assert.Equal(702, (await job.Get())!.LastSeq);
    }

    [Fact]
    public async Task A_batch_repeated_after_an_unknown_outcome_is_appended_once()
    {
        var job = await _cluster.NewTrainingAsync("repeat", 10);
        var start = await job.Start(1, "w");
        await job.Append(1, start.NextBatch, Steps(0, 3, 10));
        await job.Append(1, start.NextBatch, Steps(0, 3, 10));
        await _cluster.Silos.DeactivateAsync(job);
        await job.Append(1, start.NextBatch, Steps(0, 3, 10));
        Assert.Equal(AppendResult.Accepted, await job.Append(1, start.NextBatch + 1, Steps(3, 2, 10)));
        Assert.Equal(5, (await Cluster.LogAsync(job)).Count(e => e.Data is StepDone));

        // Start, too, may be repeated by its worker, which goes on where it was.
        Assert.Equal(start.NextBatch + 2, (await job.Start(1, "w")).NextBatch);
        Assert.False((await job.Start(1, "another")).Accepted);
    }

    [Fact]
    public async Task A_fenced_attempt_can_neither_append_nor_save_nor_complete_nor_fail()
    {
        var job = await _cluster.NewTrainingAsync("fenced", 2);
        await job.Start(1, "old");
        await job.Append(1, 1, Steps(0, 1, 2));
        await job.Start(2, "new");

        Assert.Equal(AppendResult.Fenced, await job.Append(1, 2, Steps(1, 1, 2)));
        Assert.Equal(AppendResult.Fenced, await job.SaveResumePoint(1, new(1, "blob", "digest")));
        Assert.Equal(AppendResult.Fenced, await job.Complete(1));
        Assert.Equal(AppendResult.Fenced, await job.Fail(1, "engine", "broke", retry: false));
        Assert.Equal(AppendResult.Fenced, await job.Release(1, "drain"));
        await job.SetPreview(1, new(1, "blob"));
        await job.LeaseLost(1);

        var view = (await job.Get())!;
        Assert.Equal((JobState.Running, 2, 1), (view.State, view.Attempt, view.Step));
        Assert.Null(await job.GetPreview());
        Assert.False((await job.Start(1, "old")).Accepted);
        Assert.DoesNotContain(await Cluster.LogAsync(job), e => e.Attempt == 1 && e.Data is StepDone { Step: 2 });
    }

    [Fact]
    public async Task Numbers_that_are_none_can_be_stored_and_a_warning_is_told_once()
    {
        var job = await _cluster.NewTrainingAsync("not-finite", 2);
        await job.Start(1, "w");
        Assert.Equal(AppendResult.Accepted,
            await job.Append(1, 1, [new WarningRaised("diverged"), new StepDone(1, 2, double.NaN, double.PositiveInfinity, 1)]));
        Assert.Equal(AppendResult.Accepted, await job.Append(1, 2, [new WarningRaised("diverged"), new WarningRaised("late")]));
        Assert.Equal(AppendResult.Accepted, await job.Fail(1, "not-finite", "the loss is NaN", retry: false));

        var view = (await job.Get())!;
        Assert.Equal((JobState.Failed, 1, null), (view.State, view.Step, view.Loss));
        Assert.Equal(["diverged", "late"], (await Cluster.LogAsync(job)).Select(e => e.Data).OfType<WarningRaised>()
            .Select(w => w.Message));
    }

    [Fact]
    public async Task A_resumed_attempt_tells_no_step_twice_and_none_is_missing()
    {
        var job = await _cluster.NewTrainingAsync("resumed", 8);
        await job.Start(1, "a");
        await job.Append(1, 1, Steps(0, 4, 8));
        await job.SaveResumePoint(1, new(3, "blob-3", "digest"));
        await job.Append(1, 2, Steps(4, 2, 8));
        await job.LeaseLost(1);

        var second = await job.Start(2, "b");
        Assert.Equal(3, second.Resume!.Step);
        await job.Append(2, second.NextBatch, Steps(3, 5, 8));
        await job.Append(2, second.NextBatch + 1, [new CheckpointSaved(8, "d", 1)]);
        Assert.Equal(AppendResult.Accepted, await job.Complete(2));
        var steps = (await Cluster.LogAsync(job)).Where(e => e.Data is StepDone).ToList();
        Assert.Equal(Enumerable.Range(1, 8), steps.Select(e => ((StepDone)e.Data).Step));
        Assert.Equal([1, 1, 1, 1, 1, 1, 2, 2], steps.Select(e => e.Attempt));
    }

    [Fact]
    public async Task A_job_does_not_succeed_before_all_of_its_work_is_in_the_log()
    {
        var job = await _cluster.NewTrainingAsync("early", 3);
        await job.Start(1, "w");
        await job.Append(1, 1, Steps(0, 2, 3));
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.Complete(1));
        await job.Append(1, 2, Steps(2, 1, 3));
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.Complete(1));
        await job.Append(1, 3, [new CheckpointSaved(3, "d", 1)]);
        Assert.Equal(AppendResult.Accepted, await job.Complete(1));
        Assert.Equal(AppendResult.Accepted, await job.Complete(1));
        Assert.Equal(JobState.Succeeded, (await job.Get())!.State);
        Assert.Single(await Cluster.LogAsync(job), e => e.Data is StateChanged { State: JobState.Succeeded });
        Assert.True((await job.ReadEvents(0, 100)).Ended);
    }

    [Fact]
    public async Task A_cancelled_job_ends_at_once_and_its_worker_hears_it()
    {
        var job = await _cluster.NewTrainingAsync("cancel", 5);
        await job.Start(1, "w");
        Assert.True(await job.Cancel());
        Assert.True(await job.Cancel());
        Assert.Equal(AppendResult.Canceled, await job.Append(1, 1, Steps(0, 1, 5)));
        Assert.Equal(AppendResult.Canceled, await job.Append(1, 1, []));
        Assert.Equal(AppendResult.Canceled, await job.Complete(1));
        Assert.Equal(JobState.Canceled, (await job.Get())!.State);
        Assert.DoesNotContain((await _cluster.Queue.GetStatus()).Waiting, e => e.JobKey == Cluster.Key("cancel"));
        Assert.False(await _cluster.Job("never-submitted").Cancel());
    }

    [Fact]
    public async Task A_job_that_gets_no_further_fails_after_five_attempts_and_says_why()
    {
        var job = await _cluster.NewTrainingAsync("fruitless", 5);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            Assert.Equal(JobState.Queued, (await job.Get())!.State);
            await job.Start(attempt, $"w{attempt}");
            await job.Fail(attempt, "engine", "it broke", retry: true);
        }
        var view = (await job.Get())!;
        Assert.Equal(JobState.Failed, view.State);
        Assert.Contains("5 attempts", view.Error);
    }

    [Fact]
    public async Task Lost_workers_are_never_the_jobs_fault()
    {
        var job = await _cluster.NewTrainingAsync("unlucky", 5);
        for (var attempt = 1; attempt <= 30; attempt++)
        {
            await job.Start(attempt, $"w{attempt}");
            await job.LeaseLost(attempt);
        }
        Assert.Equal(JobState.Queued, (await job.Get())!.State);
    }

    [Fact]
    public async Task A_job_that_ends_worker_after_worker_is_given_up_and_one_that_gets_further_is_not()
    {
        var poison = await _cluster.NewTrainingAsync("poison", 5);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            Assert.Equal(JobState.Queued, (await poison.Get())!.State);
            await poison.Start(attempt, $"w{attempt}");
            await poison.WorkerDied(attempt);
        }
        var view = (await poison.Get())!;
        Assert.Equal(JobState.Failed, view.State);
        Assert.Contains("5 workers in a row", view.Error, StringComparison.Ordinal);

        var slow = await _cluster.NewTrainingAsync("slow", 20);
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            await slow.Start(attempt, $"w{attempt}");
            await slow.Append(attempt, 1, Steps(attempt - 1, 1, 20));
            await slow.WorkerDied(attempt);
        }
        Assert.Equal(JobState.Queued, (await slow.Get())!.State);
    }

    [Fact]
    public async Task A_job_that_gets_further_each_time_may_be_lost_any_number_of_times()
    {
        var job = await _cluster.NewTrainingAsync("further", 20);
        for (var attempt = 1; attempt <= 20; attempt++)
        {
            await job.Start(attempt, $"w{attempt}");
            await job.Append(attempt, 1, Steps(attempt - 1, 1, 20));
            await job.LeaseLost(attempt);
        }
        Assert.Equal(JobState.Queued, (await job.Get())!.State);
    }

    [Fact]
    public async Task Watchers_hear_of_durable_events_only_and_find_them_in_the_log()
    {
        var watcher = new Watcher();
        var reference = _cluster.Silos.Client.CreateObjectReference<IJobWatcher>(watcher);
        var job = await _cluster.NewTrainingAsync("watched", 5);
        await job.Watch(reference);
        await job.Start(1, "w");
        await job.Append(1, 1, Steps(0, 2, 5));
        await watcher.UntilAsync(4);
        Assert.Equal(4, (await job.ReadEvents(0, 100)).LastSeq);
        await job.SetPreview(1, new(2, "p"));
        await watcher.UntilPreviewAsync(2);
        Assert.Equal(2, (await job.GetPreview())!.Step);
    }

    [Fact]
    public async Task An_erased_job_leaves_nothing()
    {
        var job = await _cluster.NewTrainingAsync("erased", 600);
        await job.Start(1, "w");
        for (var batch = 0; batch < 3; batch++) await job.Append(1, batch + 1, Steps(batch * 200, 200, 600));
        await job.Erase();
        Assert.Null(await job.Get());
        Assert.DoesNotContain(await _cluster.NamesAsync(""), name => name.Contains("erased", StringComparison.Ordinal));
        await job.Erase();
    }

    internal static IReadOnlyList<JobEventData> Steps(int after, int count, int steps) =>
        [.. Enumerable.Range(after + 1, count).Select(s => new StepDone(s, steps, 1.0 / s, 0.1, 0.2))];

    private sealed class Watcher : IJobWatcher
    {
        private long _seq;
        private int _preview;

        public Task Grown(string jobKey, long seq, int? previewStep)
        {
            Interlocked.Exchange(ref _seq, Math.Max(_seq, seq));
            if (previewStep is { } step) Interlocked.Exchange(ref _preview, step);
            return Task.CompletedTask;
        }

        public async Task UntilAsync(long seq)
        {
            while (Interlocked.Read(ref _seq) < seq) await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        public async Task UntilPreviewAsync(int step)
        {
            while (Volatile.Read(ref _preview) < step) await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
