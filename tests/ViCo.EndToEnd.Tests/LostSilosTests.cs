using System.Collections.Concurrent;
using System.Net;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>GPU silos that die take no grain and no call with them, and their work goes on elsewhere soon.</summary>
public sealed class LostSilosTests
{
    private static readonly TimeSpan Known = TimeSpan.FromSeconds(10), Elsewhere = TimeSpan.FromSeconds(15);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_GPU_silos_fail_no_call_and_are_known_for_dead_within_seconds()
    {
        // Nobody waits for a lease to run out.
        await using var cluster = await ProcessCluster.StartAsync(
            "rehearsal", ("ViCo__Leases__Duration", "00:00:30"), ("ViCo__Leases__RenewEvery", "00:00:10"));
        var concept = await cluster.User.CreateTeapotAsync();
        var job = await cluster.User.TrainAsync(concept, 100_000);
        var first = cluster.WorkerOf(await cluster.User.ListenAsync(job, e => e.Type == "step" && e.Step >= 30, TimeSpan.FromMinutes(2)));

        var killed = TimeProvider.System.GetTimestamp();
        await cluster.Gpus[first].KillAsync();
        var heard = await cluster.User.ListenAsync(job, e => e.Type == "step" && e.Attempt == 2, TimeSpan.FromMinutes(2));
        var moved = TimeProvider.System.GetElapsedTime(killed);
        var second = cluster.WorkerOf(heard);
        Assert.NotEqual(first, second);
        await cluster.StartGpuAsync(first);

        // Both at once, and at once calls to grains that nobody has called yet.
        killed = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(cluster.Gpus.Values.Select(silo => silo.KillAsync()));
        var known = UntilNoneRunsAsync(cluster, killed);
        ConcurrentBag<HttpStatusCode> answers = [];
        await Parallel.ForAsync(0, 1_000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (i, _) =>
        {
            // Spread over the time in which nobody knows yet that they are dead.
            await Task.Delay(80, Stop);
            answers.Add(await cluster.User.StatusAsync($"/jobs/nobody{i}"));
        });
        var took = TimeProvider.System.GetElapsedTime(killed);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"one killed: its training ran elsewhere after {moved.TotalSeconds:F1} s; both killed: known after "
            + $"{(await known).TotalSeconds:F1} s; 1,000 calls to fresh grains within {took.TotalSeconds:F1} s: "
            + string.Join(", ", answers.CountBy(a => a).Select(a => $"{a.Value} times {(int)a.Key}")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NotFound, answer));
        Assert.True(await known <= Known, $"known after {(await known).TotalSeconds:F1} s");
        Assert.True(moved <= Elsewhere, $"ran elsewhere after {moved.TotalSeconds:F1} s");
    }

    /// <summary>How long after a moment no silo is said to run anything.</summary>
    private static async Task<TimeSpan> UntilNoneRunsAsync(ProcessCluster cluster, long since)
    {
        while ((await cluster.User.GetAsync("/admin/silos"))["silos"]!.AsArray().Any(silo => silo!["running"]!.AsArray().Count > 0))
            await Task.Delay(100, Stop);
        return TimeProvider.System.GetElapsedTime(since);
    }
}
