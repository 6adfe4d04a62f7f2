namespace ViCo.Engine.Tests;

public sealed class GpuLaneTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_run_one_after_another_on_one_named_thread()
    {
        await using var lane = new GpuLane("gpu-lane test", threads: 2, niceness: 0);
        var running = 0;
        var names = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => lane.RunAsync(() =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            Assert.Equal(2, get_num_threads());
            Interlocked.Decrement(ref running);
            return Thread.CurrentThread.Name;
        }, Stop)));
        Assert.Equal("gpu-lane test", Assert.Single(names.Distinct()));
    }

    [Fact]
    public async Task Tensors_of_a_job_die_with_it_and_its_error_reaches_the_caller()
    {
        await using var lane = new GpuLane("gpu-lane test", threads: 1, niceness: 0);
        var before = await lane.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount, Stop);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => lane.RunAsync<int>(() =>
        {
            _ = zeros(3).Plus(1);
            throw new InvalidDataException("as expected");
        }, Stop));
        Assert.Equal("as expected", error.Message);
        Assert.Equal(before, await lane.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount, Stop));
    }

    [Fact]
    public async Task A_job_cancelled_while_it_waits_never_runs()
    {
        await using var lane = new GpuLane("gpu-lane test", threads: 1, niceness: 0);
        using var gate = new ManualResetEventSlim();
        using var source = new CancellationTokenSource();
        var ran = false;
        var first = lane.RunAsync(() => gate.Wait(TimeSpan.FromSeconds(30), Stop), Stop);
        var second = lane.RunAsync(() => ran = true, source.Token);
        await source.CancelAsync();
        gate.Set();

        Assert.True(await first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(ran);
    }

    [Fact]
    public async Task Niceness_reaches_the_lane_and_the_workers_that_torch_starts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Nice values of threads are Linux's.");
        await using var lane = new GpuLane("gpu-nice", threads: 2, niceness: 7);
        await lane.RunAsync(() => matmul(ones(600, 600), ones(600, 600)).sum().item<float>(), Stop);

        // Fields 2 and 19 of a thread's stat: name in parentheses, nice value.
        var nices = Directory.EnumerateDirectories("/proc/self/task").Select(task => File.ReadAllText(Path.Combine(task, "stat")))
            .Select(stat => (Name: stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')], Nice: stat[(stat.LastIndexOf(')') + 2)..]
                .Split(' ')[16])).ToList();
        Assert.Contains(nices, t => t.Name == "gpu-nice" && t.Nice == "7");
        Assert.True(nices.Count(t => t.Nice == "7") >= 2, $"nice 7: {string.Join(", ", nices.Where(t => t.Nice == "7"))}");
    }
}
