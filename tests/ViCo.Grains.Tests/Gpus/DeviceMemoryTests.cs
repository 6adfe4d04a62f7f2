using Microsoft.Extensions.Logging.Abstractions;
using ViCo.Engine;
using ViCo.Grains.Jobs;
using ViCo.Silo.Gpus;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>What a device's memory has to do with jobs.</summary>
public sealed class DeviceMemoryTests
{
    [Fact]
    public async Task A_picture_that_is_drawn_again_is_cut_as_it_was_and_not_as_the_memory_asks_now()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        var (cramped, roomy) = (new DrawingRoom(1, InStrips: true), new DrawingRoom(4, InStrips: false));
        await concept.Train("train", Asking.Steps(2));
        await RunNextAsync(cluster, roomy);
        await concept.Sample("draw", Asking.Pictures("a *", count: 2, seed: 9, samplingSteps: 1));
        await RunNextAsync(cluster, cramped);
        await concept.Rerun("again", "draw", 1, (await cluster.Job("draw").GetImage(1))!.Pixels!, user: null);
        await RunNextAsync(cluster, roomy);
        await concept.Sample("other", Asking.Pictures("a *", count: 2, seed: 9, samplingSteps: 1));
        await RunNextAsync(cluster, roomy);

        Assert.Equal((cramped, cramped, roomy), (await RoomOfAsync("draw"), await RoomOfAsync("again"), await RoomOfAsync("other")));
        Assert.True((await cluster.Job("again").Get())!.Rerun!.Same);

        async Task<DrawingRoom?> RoomOfAsync(string job) =>
            DrawingRoom.Of(await cluster.BytesAsync((await cluster.Job(job).GetImage(1))!.Blob));
    }

    [Fact]
    public async Task A_training_for_which_the_memory_is_too_small_fails_and_is_not_tried_again()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = Cluster.AsTenant();
        var concept = await cluster.NewConceptAsync("teapot");
        await concept.Train("train", Asking.Steps(2));
        await RunNextAsync(cluster, room: null);

        var view = (await cluster.Job("train").Get())!;
        Assert.Equal((JobState.Failed, 1, "There is not enough memory for a training step."), (view.State, view.Attempt, view.Error));
        Assert.Equal("out-of-memory",
            Assert.Single((await Cluster.LogAsync(cluster.Job("train"))).Select(e => e.Data).OfType<ErrorRaised>()).Code);
        Assert.Null(await cluster.Queue.Lease(Cluster.Worker("silo")));
    }

    private static async Task RunNextAsync(Cluster cluster, DrawingRoom? room)
    {
        var worker = Cluster.Worker("silo");
        var lease = (await cluster.Queue.Lease(worker))!;
        await using var engine = new CrampedEngine(room);
        var place = new Workplace("silo", cluster.Grains, cluster.Blobs, new(), TimeProvider.System);
        await new LeasedRun(lease, worker, engine, place, NullLogger.Instance).RunAsync(TestContext.Current.CancellationToken);
    }
}
