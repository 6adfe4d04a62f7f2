using System.Net;
using ViCo.Gateway.Jobs;
using ViCo.Grains.Gpus;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class JobPlaceTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Tenants_take_turns_and_drawings_go_before_trainings()
    {
        var status = new QueueStatus(
            [
                .. Enumerable.Range(0, 50).Select(n => Waiting($"big/d{n}", drawing: true, n)), Waiting("small/t1", drawing: false, 60),
                Waiting("small/d1", drawing: true, 70), Waiting("small/d2", drawing: true, 80), Waiting("small/t2", drawing: false, 90),
            ], [], []);
        Assert.Equal(1, JobPlace.AheadOf(status, "small/d1"));          // one of the other tenant's
        Assert.Equal(1 + 2, JobPlace.AheadOf(status, "small/d2"));
        Assert.Equal(2 + 3, JobPlace.AheadOf(status, "small/t1"));
        Assert.Equal(3 + 4, JobPlace.AheadOf(status, "small/t2"));
        Assert.Equal(49 + 2, JobPlace.AheadOf(status, "big/d49"));
        Assert.Null(JobPlace.AheadOf(status, "small/other"));
    }

    [Fact]
    public async Task A_job_that_does_not_wait_has_no_place()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var job = await host.TrainAsync(concept, 1);
        await host.EndAsync(job);
        var place = await OkAsync(await host.Client.GetAsync($"/jobs/{job}/explain", Stop));
        Assert.Equal(("succeeded", null, 1), ((string?)place["state"], (int?)place["ahead"], (int)place["devices"]!));
        await ProblemAsync(await host.Client.GetAsync("/jobs/nobody/explain", Stop), HttpStatusCode.NotFound, "job_not_found");
    }

    private static QueueEntry Waiting(string job, bool drawing, int second) =>
        new(job, 1, drawing, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second));
}
