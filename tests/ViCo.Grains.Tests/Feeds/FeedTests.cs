using Orleans.Runtime;
using ViCo.Grains.Concepts;
using ViCo.Grains.Feeds;

namespace ViCo.Grains.Tests.Feeds;

/// <summary>Whoever follows a tenant's changes misses none, though silos die.</summary>
public sealed class FeedTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_a_silo_dies_that_may_not_have_told_what_it_wrote_all_may_have_changed()
    {
        await using var cluster = await Cluster.StartAsync(["control", "control"]);
        using var tenant = Cluster.AsTenant();
        var feed = cluster.Grains.GetGrain<IFeedGrain>(Cluster.Tenant.Value);
        await ConceptElsewhereAsync(cluster, feed);
        var place = (await feed.Read(null, 1)).Last;
        Assert.Empty((await feed.Read(place, 10)).Changes);

        var home = await HomeAsync(cluster, feed);
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos.Single(silo => silo.SiloAddress != home), Stop);
        await UntilAsync(async () => (await feed.Read(place, 10)).Changes is [{ What: ChangedThing.All }]);

        place = (await feed.Read(null, 1)).Last;
        Assert.Empty((await feed.Read(place, 10)).Changes);                      // said once, and not for ever
    }

    [Fact]
    public async Task When_the_feeds_own_silo_dies_the_next_one_says_so_and_hears_what_was_told_meanwhile()
    {
        await using var cluster = await Cluster.StartAsync(["control", "control"]);
        using var tenant = Cluster.AsTenant();
        var feed = cluster.Grains.GetGrain<IFeedGrain>(Cluster.Tenant.Value);
        var concept = await ConceptElsewhereAsync(cluster, feed);
        var place = (await feed.Read(null, 1)).Last;

        var home = await HomeAsync(cluster, feed);
        await cluster.Silos.KillSiloAsync(cluster.Silos.GetSiloForAddress(home)!, Stop);
        var changed = UntilAsync(async () => (await concept.Change(new(Name: "Another name"))).Problem is null);
        var begun = "";
        await UntilAsync(async () =>
        {
            var page = await feed.Read(place, 10);
            begun = page.Last.Split('.')[0] + ".0";
            return page.Changes is [{ What: ChangedThing.All }];
        });
        await changed;
        await UntilAsync(async () => (await feed.Read(begun, 10)).Changes
            .Any(change => change is { What: ChangedThing.Concept, How: ChangeKind.Changed }));
    }

    /// <summary>A concept that lives on another silo than the feed.</summary>
    private static async Task<IConceptGrain> ConceptElsewhereAsync(Cluster cluster, IFeedGrain feed)
    {
        await feed.Read(null, 1);
        for (var i = 0; ; i++)
        {
            var concept = await cluster.NewConceptAsync($"cup{i}");
            if (await HomeAsync(cluster, concept) != await HomeAsync(cluster, feed)) return concept;
        }
    }

    private static async Task<SiloAddress> HomeAsync(Cluster cluster, IAddressable grain) =>
        (await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(null, null, Stop))
            .Single(found => found.GrainId == grain.GetGrainId()).SiloAddress;

    /// <summary>As a client would, whose calls fail while a silo is dying.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                if (await holds()) return;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                // Asked again.
            }
            await Task.Delay(50, limit.Token);
        }
    }
}
