using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tests.Gpus;

namespace ViCo.Grains.Tests.Jobs;

/// <summary>Of resume points and previews only those stay that something leads to.</summary>
public sealed class LeftoversTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_canceled_training_leaves_its_newest_resume_point_and_the_previews_of_its_checkpoints()
    {
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(3));
        using var tenant = Cluster.AsTenant();
        await (await cluster.NewConceptAsync("teapot")).Train("stopped", Asking.Steps(3_000));
        var job = cluster.Job("stopped");
        await WorkerTests.UntilAsync(async () => (await job.Get())!.Step > 130);
        Assert.True(await job.Cancel());
        // The worker is done with the one when it takes up the next.
        await cluster.Concept("teapot").Train("next", Asking.Steps(3));
        await Cluster.UntilEndedAsync(cluster.Job("next"));

        var left = await cluster.NamesAsync("tenants/acme/concepts/teapot/jobs/stopped/");
        Assert.InRange(left.Count(name => name.Contains("/resume/", StringComparison.Ordinal)), 0, 1);
        Assert.Equal((await job.GetPreviews()).Select(p => p.Blob),
            left.Where(name => name.Contains("/previews/", StringComparison.Ordinal)));
        Assert.Equal(await BytesAsync(cluster, left, "/resume/", "/previews/"), (await job.Get())!.StoredBytes);
    }

    [Fact]
    public async Task Paused_attempts_leave_the_two_newest_resume_points_of_all_of_them()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = Cluster.AsTenant();
        var job = await cluster.NewTrainingAsync("paused", 100);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.True((await job.Start(attempt, "w")).Accepted);
            for (var point = 1; point <= 3; point++) await SaveAsync(cluster, job, attempt, step: 10 * attempt + point);
            await job.Release(attempt, "somebody else goes first");
        }
        // What an attempt wrote and could not tell of goes with the next one's start.
        await cluster.Blobs.WriteAsync(PointOf(3, 39), new byte[3], cancellationToken: Stop);
        Assert.True((await job.Start(4, "w")).Accepted);
        await WorkerTests.UntilAsync(async () => (await PointsAsync(cluster)).Count == 2);
        Assert.Equal([PointOf(3, 32), PointOf(3, 33)], await PointsAsync(cluster));
        await SaveAsync(cluster, job, 4, 41);
        Assert.Equal([PointOf(3, 33), PointOf(4, 41)], await PointsAsync(cluster));
    }

    private static async Task SaveAsync(Cluster cluster, IJobGrain job, int attempt, int step)
    {
        await cluster.Blobs.WriteAsync(PointOf(attempt, step), new byte[3], cancellationToken: Stop);
        Assert.Equal(AppendResult.Accepted, await job.SaveResumePoint(attempt, new(step, PointOf(attempt, step), "d", 3)));
    }

    private static string PointOf(int attempt, int step) =>
        BlobNames.ResumePoint(BlobNames.Attempt(Cluster.Tenant, "teapot", "paused", attempt), step);

    private static async Task<List<string>> PointsAsync(Cluster cluster) =>
        [.. (await cluster.NamesAsync("tenants/")).Where(name => name.Contains("/resume/", StringComparison.Ordinal))];

    private static async Task<long> BytesAsync(Cluster cluster, List<string> names, params string[] kinds)
    {
        var total = 0L;
        foreach (var name in names.Where(name => kinds.Any(kind => name.Contains(kind, StringComparison.Ordinal))))
            total += (await cluster.BytesAsync(name)).Length;
        return total;
    }
}
