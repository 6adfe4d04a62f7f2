using System.Net;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class JobPlaceTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

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
}
