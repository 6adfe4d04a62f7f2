using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tests.Storage;

namespace ViCo.Grains.Tests.Indexes;

public sealed class IndexTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Entries_are_newest_first_page_by_page_and_survive_their_grain()
    {
        using var tenant = Cluster.AsTenant();
        var index = _cluster.Index(IndexKeys.Concepts(Cluster.Tenant));
        // Late ones among them, and some at the same time.
        int[] seconds = [.. Enumerable.Range(0, 250).Select(i => i % 7 == 3 ? i / 2 : i)];
        for (var i = 0; i < seconds.Length; i++) await index.Put(new(Start.AddSeconds(seconds[i]), $"c{i:D3}"));
        await index.Put(new(Start.AddSeconds(seconds[9]), "c009"));
        await index.Remove(Start.AddSeconds(seconds[249]), "c249");
        await index.Remove(Start.AddSeconds(seconds[249]), "c249");
        var expected = Enumerable.Range(0, 249).OrderByDescending(i => seconds[i]).ThenByDescending(i => i).Select(i => $"c{i:D3}")
            .ToList();

        Assert.Equal(expected, await AllAsync(index, 7));
        await _cluster.Silos.DeactivateAsync(index);
        Assert.Equal(expected, await AllAsync(index, 100));
        Assert.Equal(expected.Take(40), (await index.Read(new(40))).Entries.Select(e => e.Id));

        foreach (var i in Enumerable.Range(0, 249)) await index.Remove(Start.AddSeconds(seconds[i]), $"c{i:D3}");
        Assert.Empty((await index.Read(new(10))).Entries);
        Assert.Empty(await _cluster.NamesAsync("tenants/acme/index/"));
    }

    [Fact]
    public async Task A_damaged_part_is_named_and_keeps_nobody_from_reading_the_others_or_adding_more()
    {
        using var tenant = Cluster.AsTenant();
        var index = _cluster.Index(IndexKeys.Concepts(Cluster.Tenant));
        for (var i = 0; i < 130; i++) await index.Put(new(Start.AddSeconds(i), $"c{i:D3}"));
        var newest = (await _cluster.NamesAsync("tenants/acme/index/concepts/"))[0];
        await _cluster.Blobs.WriteAsync(newest, "{\"entries\":[{"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        await _cluster.Silos.DeactivateAsync(index);
        var page = await index.Read(new(200));
        Assert.Equal([newest], page.Damaged);
        Assert.Equal(Enumerable.Range(0, 100).Reverse().Select(i => $"c{i:D3}"), page.Entries.Select(e => e.Id));

        await index.Put(new(Start.AddSeconds(200), "late"));
        page = await index.Read(new(2));
        Assert.Equal(["late", "c099"], page.Entries.Select(e => e.Id));
        Assert.Empty(page.Damaged);
        Assert.Contains($"damaged/{newest}", await _cluster.NamesAsync("damaged/"));
    }

    [Fact]
    public async Task A_cursor_keeps_its_place_while_entries_come_and_go()
    {
        using var tenant = Cluster.AsTenant();
        var index = _cluster.Index(IndexKeys.Concepts(Cluster.Tenant));
        for (var i = 0; i < 30; i++) await index.Put(new(Start.AddSeconds(i), $"c{i:D2}"));
        var first = await index.Read(new(10));
        await index.Put(new(Start.AddSeconds(99), "newer"));
        await index.Remove(Start.AddSeconds(20), "c20");
        Assert.Equal("c19", (await index.Read(new(10, first.Next))).Entries[0].Id);
        await Assert.ThrowsAsync<ArgumentException>(() => index.Read(new(10, "nonsense")));
    }

    [Fact]
    public async Task Filters_are_in_the_index()
    {
        using var tenant = Cluster.AsTenant();
        var index = _cluster.Index(IndexKeys.Concepts(Cluster.Tenant));
        for (var i = 0; i < 40; i++) await index.Put(
            new(Start.AddSeconds(i), $"c{i:D2}", User: i % 4 == 0 ? "ann" : "bob", Tags: i % 10 == 0 ? ["red"] : null));
        Assert.Equal(["c36", "c32", "c28"], (await index.Read(new(3) { User = "ann" })).Entries.Select(e => e.Id));
        Assert.Equal(["c30", "c20", "c10", "c00"], (await index.Read(new(10) { Tag = "red" })).Entries.Select(e => e.Id));
        Assert.Equal(["c39", "c38"], (await index.Read(new(10) { Since = Start.AddSeconds(38) })).Entries.Select(e => e.Id));
    }

    [Fact]
    public async Task Concepts_are_listed_as_they_stand_in_memory_or_not()
    {
        using var tenant = Cluster.AsTenant();
        foreach (var id in new[] { "asleep", "renamed", "deleted" })
        {
            _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
            await _cluster.NewConceptAsync(id);
        }
        var index = _cluster.Index(IndexKeys.Concepts(Cluster.Tenant));
        await index.Put(new(Start, "never-made"));
        Assert.Equal(["deleted", "renamed", "asleep"], (await index.Read(new(10))).Concepts.Select(concept => concept.Id));

        await _cluster.Silos.DeactivateAsync(_cluster.Concept("asleep"));
        await _cluster.Concept("renamed").Change(new("Pot"));
        await _cluster.Concept("deleted").Delete();
        var page = await index.Read(new(10));
        Assert.Equal(["renamed", "asleep"], page.Concepts.Select(concept => concept.Id));
        Assert.Equal("Pot", page.Concepts.First().Name);
        Assert.Contains(page.Entries, entry => entry is { Id: "never-made", View: null });
    }

    [Fact]
    public async Task A_concepts_jobs_are_found_however_many_others_came_after_them()
    {
        using var tenant = Cluster.AsTenant();
        var pot = await _cluster.NewConceptAsync("pot");
        await pot.Train("mine", Asking.Steps(7));
        for (var i = 0; i < 205; i++)
        {
            _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
            await _cluster.NewTrainingAsync($"other{i}");
        }
        Assert.Equal("mine", Assert.Single((await _cluster.Index(IndexKeys.Jobs(Cluster.Tenant, "pot")).Read(new(200))).Entries).Id);
        Assert.Equal("mine", (await AllAsync(_cluster.Index(IndexKeys.Jobs(Cluster.Tenant)), 50))[^1]);
    }

    [Fact]
    public async Task A_job_is_listed_as_it_stands_and_one_that_has_ended_without_being_asked()
    {
        using var tenant = Cluster.AsTenant();
        await _cluster.NewTrainingAsync("a");
        await _cluster.NewTrainingAsync("b");
        var index = _cluster.Index(IndexKeys.Jobs(Cluster.Tenant));
        await _cluster.Job("a").Start(1, "w");
        Assert.Equal(["a"], (await index.Read(new(10) { States = [JobState.Running] })).Entries.Select(e => e.Id));
        await _cluster.Job("a").Append(1, 1, [new StepDone(1, 10, 0.5, 0.1, 1)]);
        Assert.Equal(1, (await index.Read(new(10) { States = [JobState.Running] })).Entries[0].Job!.Step);
        await _cluster.Job("a").Cancel();

        // Its own record may be lost to the world: the list still tells how it ended.
        await _cluster.Silos.DeactivateAsync(_cluster.Job("a"));
        await _cluster.Blobs.DeleteAsync("state/job/acme/a.json", cancellationToken: Stop);
        var ended = Assert.Single((await index.Read(new(10) { States = [JobState.Canceled] })).Entries).Job!;
        Assert.Equal(("a", 1, JobState.Canceled), (ended.Id, ended.Step, ended.State));
        Assert.Equal(["b"], (await index.Read(new(10) { States = [JobState.Queued] })).Entries.Select(e => e.Id));
    }

    [Fact]
    public async Task Two_activations_that_do_not_know_of_each_other_lose_nothing()
    {
        IndexParts[] parts = [new(_cluster.Blobs, "twice/"), new(_cluster.Blobs, "twice/")];
        for (var i = 0; i < 320; i++) await parts[i / 3 % 2].PutAsync(new(Start.AddSeconds(i), $"e{i:D3}"));
        for (var i = 0; i < 320; i += 5) await parts[i % 2].RemoveAsync(new(Start.AddSeconds(i).UtcTicks, $"e{i:D3}"));
        Assert.Equal(Enumerable.Range(0, 320).Where(i => i % 5 != 0).Reverse().Select(i => $"e{i:D3}"),
            await IdsAsync(new(_cluster.Blobs, "twice/")));
    }

    [Fact]
    public async Task Two_activations_that_begin_an_index_begin_the_same()
    {
        IndexParts[] parts = [new(_cluster.Blobs, "twice/"), new(_cluster.Blobs, "twice/")];
        foreach (var some in parts) Assert.True(await some.IsEmptyAsync());
        await parts[0].PutAsync(new(Start.AddSeconds(10), "ten"));
        await parts[1].PutAsync(new(Start.AddSeconds(20), "twenty"));
        await parts[0].PutAsync(new(Start.AddSeconds(30), "thirty"));
        await parts[1].PutAsync(new(Start.AddSeconds(5), "five"));
        Assert.Equal(["thirty", "twenty", "ten", "five"], await IdsAsync(new(_cluster.Blobs, "twice/")));
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_removes_what_it_never_saw()
    {
        IndexParts[] parts = [new(_cluster.Blobs, "twice/"), new(_cluster.Blobs, "twice/")];
        await parts[0].PutAsync(new(Start, "first"));
        Assert.Equal(["first"], await IdsAsync(parts[1]));
        await parts[0].PutAsync(new(Start.AddSeconds(1), "second"));
        await parts[1].RemoveAsync(new(Start.AddSeconds(1).UtcTicks, "second"));
        Assert.Equal(["first"], await IdsAsync(new(_cluster.Blobs, "twice/")));
    }

    [Fact]
    public async Task Many_entries_take_a_write_or_two_for_each_hundred()
    {
        var counted = new FaultyBlobStore(_cluster.Blobs, rate: 0, seed: 1);
        var writes = 0;
        counted.Concerns = _ => Interlocked.Increment(ref writes) < 0;
        IndexEntry[] entries = [.. Enumerable.Range(0, 1_000).Select(i => new IndexEntry(Start.AddSeconds(i / 3), $"e{i:D4}"))];
        await new IndexParts(counted, "many/").PutAllAsync(entries);
        Assert.InRange(writes, 10, 40);
        Assert.Equal(entries.Reverse().Select(e => e.Id), await IdsAsync(new(_cluster.Blobs, "many/")));
        await new IndexParts(_cluster.Blobs, "many/").PutAllAsync(entries);
        Assert.Equal(1_000, (await IdsAsync(new(_cluster.Blobs, "many/"))).Count);
    }

    [Fact]
    public async Task A_job_whose_deletion_broke_off_is_still_listed_and_can_be_deleted_again()
    {
        FaultyBlobStore faulty = null!;
        await using var cluster = await Cluster.StartAsync(wrap: blobs => faulty = new(blobs, rate: 2, seed: 1) { Armed = false });
        using var tenant = Cluster.AsTenant();
        var job = await cluster.NewTrainingAsync("a");
        await cluster.Blobs.WriteAsync("tenants/acme/concepts/teapot/jobs/a/attempt-0001/images/0000.png", new byte[5],
            cancellationToken: Stop);
        faulty.Concerns = name => name.EndsWith(".png", StringComparison.Ordinal);
        faulty.Armed = true;
        await Assert.ThrowsAnyAsync<IOException>(job.Erase);
        var index = cluster.Index(IndexKeys.Jobs(Cluster.Tenant));
        Assert.Equal("a", Assert.Single((await index.Read(new(10))).Entries).Id);

        faulty.Armed = false;
        await job.Erase();
        Assert.Empty((await index.Read(new(10))).Entries);
        Assert.Empty(await cluster.NamesAsync("tenants/acme/concepts/"));
    }

    [Fact]
    public async Task An_index_of_the_version_before_is_taken_over()
    {
        using var tenant = Cluster.AsTenant();
        for (var i = 0; i < 3; i++)
        {
            var created = Start.AddSeconds(i);
            await _cluster.Blobs.WriteAsync($"state/job/acme/old{i}.json", System.Text.Encoding.UTF8.GetBytes($$$"""
                {"revision":1,"writer":"w","value":{"spec":{"kind":"sampling","referenceBlobs":[],
                "settings":{"prompt":"*","count":1,"seed":42,"references":[]},"conceptId":"pot","submitted":"{{{created:O}}}"},
                "state":"Canceled","ended":"{{{created:O}}}","attempt":0,"nextBatch":1}}
                """), cancellationToken: Stop);
            await _cluster.Blobs.WriteAsync($"tenants/acme/index/Job/{long.MaxValue - created.UtcTicks:D19}_old{i}",
                ReadOnlyMemory<byte>.Empty, cancellationToken: Stop);
            await _cluster.Blobs.WriteAsync($"tenants/acme/concepts/pot/jobs/old{i}/submitted", ReadOnlyMemory<byte>.Empty,
                cancellationToken: Stop);
        }
        foreach (var key in new[] { IndexKeys.Jobs(Cluster.Tenant), IndexKeys.Jobs(Cluster.Tenant, "pot") })
            Assert.Equal(["old2", "old1", "old0"], (await _cluster.Index(key).Read(new(10))).Entries.Select(e => e.Id));

        await _cluster.Job("old1").Erase();
        Assert.Equal(["old2", "old0"], (await _cluster.Index(IndexKeys.Jobs(Cluster.Tenant)).Read(new(10))).Entries.Select(e => e.Id));
        Assert.Equal(2, (await _cluster.NamesAsync("tenants/acme/index/Job/")).Count);
    }

    private static async Task<List<string>> IdsAsync(IndexParts parts)
    {
        List<string> ids = [];
        await foreach (var entry in parts.After(null)) ids.Add(entry.Id);
        return ids;
    }

    private static async Task<List<string>> AllAsync(IIndexGrain index, int limit)
    {
        List<string> ids = [];
        for (string? cursor = null; ;)
        {
            var page = await index.Read(new(limit, cursor));
            Assert.InRange(page.Entries.Count, 0, limit);
            ids.AddRange(page.Entries.Select(e => e.Id));
            if ((cursor = page.Next) is null) return ids;
        }
    }
}
