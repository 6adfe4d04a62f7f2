using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Grains.Tests.Storage;

namespace ViCo.Grains.Tests.Concepts;

/// <summary>
/// The store of commit 1341789 is brought up to date by the first look at it. Whatever write that is cut off at, the next look ends it, and
/// all is listed.
/// </summary>
public sealed class FormerStoreTests
{
    private static readonly TenantId Tenant = new("default");

    private static readonly JsonNode Former =
        JsonNode.Parse(File.ReadAllText(Repository.PathOf("tests", "fixtures", "store-1341789.json")))!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cut_off_at_any_write_the_first_look_at_an_old_store_is_ended_by_the_next()
    {
        FaultyBlobStore store = null!;
        await using var cluster =
            await Cluster.StartAsync(wrap: inner => store = new(inner, rate: 2, seed: 1) { Armed = false, SparesReads = true });
        using var tenant = TenantScope.Enter(Tenant);
        var cut = 0;
        for (var struck = true; struck; cut++)
        {
            await UnpackAsync(cluster);
            var (left, before) = (cut, store.Faults);
            // What the queue does with old markers is its own business.
            store.Concerns = name => !name.StartsWith("queue", StringComparison.Ordinal) && Interlocked.Decrement(ref left) < 0;
            store.Armed = true;
            foreach (var look in Looks(cluster))
            {
                try
                {
                    await look();
                }
                catch (Exception e) when (e is IOException or OrleansException)
                {
                    // The process died here.
                }
            }
            store.Armed = false;
            struck = store.Faults > before;
            await ForgetAsync(cluster);
            foreach (var look in Looks(cluster)) await look();

            Assert.Equal(Texts(Former["concepts"]!, "id"), await ListAsync(cluster, IndexKeys.Concepts(Tenant)));
            Assert.Equal(Texts(Former["jobs"]!, "id"), await ListAsync(cluster, IndexKeys.Jobs(Tenant)));
            var teapot = (string)Former["made"]!["teapot"]!;
            var runs = (await Concept(cluster, teapot).GetRuns())!;
            Assert.Equal(4, runs.Count);
            // The checkpoints that a later training's steps hid are found again.
            Assert.Equal([50, 60], runs[^1].Checkpoints.Select(c => c.Step));
            Assert.Equal([50, 60], runs[^2].Checkpoints.Select(c => c.Step));
            foreach (var run in runs)
            {
                foreach (var checkpoint in run.Checkpoints) Assert.NotNull(await cluster.Blobs.ReadAsync(checkpoint.Blob, Stop));
            }
            await ForgetAsync(cluster);
            foreach (var name in await cluster.NamesAsync("")) await cluster.Blobs.DeleteAsync(name, cancellationToken: Stop);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{cut - 1} writes");
        Assert.InRange(cut, 3, 100);
    }

    [Fact]
    public async Task A_damaged_record_of_an_old_store_costs_itself()
    {
        await using var cluster = await Cluster.StartAsync();
        using var tenant = TenantScope.Enter(Tenant);
        await UnpackAsync(cluster);
        var (second, pair) = ((string)Former["made"]!["second"]!, (string)Former["made"]!["pair"]!);
        foreach (var record in new[] { $"state/job/default/{second}.json", $"state/concept/default/{pair}.json" })
            await cluster.Blobs.WriteAsync(record, "{\"revision\":3"u8.ToArray(), cancellationToken: Stop);

        Assert.Equal(Texts(Former["concepts"]!, "id").Where(id => id != pair), await ListAsync(cluster, IndexKeys.Concepts(Tenant)));
        Assert.Equal(Texts(Former["jobs"]!, "id").Where(id => id != second), await ListAsync(cluster, IndexKeys.Jobs(Tenant)));
        var runs = (await Concept(cluster, (string)Former["made"]!["teapot"]!).GetRuns())!;
        // Its checkpoint of step 50 was hidden by a later training's: only its log told of it.
        Assert.Equal([60], Assert.Single(runs, run => run.Id == second).Checkpoints.Select(c => c.Step));
        var damaged = await Assert.ThrowsAsync<DamagedBlobException>(() => Concept(cluster, pair).Get());
        Assert.Equal($"state/concept/default/{pair}.json", damaged.Blob);
    }

    private static IEnumerable<Func<Task>> Looks(Cluster cluster) =>
    [
        .. Texts(Former["concepts"]!, "id").Select(id => (Func<Task>)(() => Concept(cluster, id).Get())),
        () => cluster.Index(IndexKeys.Concepts(Tenant)).Read(new(50)),
        () => cluster.Index(IndexKeys.Jobs(Tenant)).Read(new(50)),
    ];

    private static async Task ForgetAsync(Cluster cluster)
    {
        foreach (var id in Texts(Former["concepts"]!, "id"))
        {
            await cluster.Silos.DeactivateAsync(Concept(cluster, id));
            await cluster.Silos.DeactivateAsync(cluster.Index(IndexKeys.Jobs(Tenant, id)));
        }
        foreach (var id in Texts(Former["jobs"]!, "id"))
            await cluster.Silos.DeactivateAsync(cluster.Grains.GetGrain<IJobGrain>(Tenant.Key(id)));
        await cluster.Silos.DeactivateAsync(cluster.Index(IndexKeys.Concepts(Tenant)));
        await cluster.Silos.DeactivateAsync(cluster.Index(IndexKeys.Jobs(Tenant)));
    }

    private static IConceptGrain Concept(Cluster cluster, string id) => cluster.Grains.GetGrain<IConceptGrain>(Tenant.Key(id));

    private static async Task<List<string>> ListAsync(Cluster cluster, string index) =>
        [.. (await cluster.Index(index).Read(new(200))).Entries.Select(e => e.Id)];

    private static IEnumerable<string> Texts(JsonNode array, string field) => array.AsArray().Select(e => (string)e![field]!);

    private static async Task UnpackAsync(Cluster cluster)
    {
        const string root = "./blobs/";
        await using var packed = new GZipStream(
            File.OpenRead(Repository.PathOf("tests", "fixtures", "store-1341789.tar.gz")), CompressionMode.Decompress);
        await using var tar = new TarReader(packed);
        while (await tar.GetNextEntryAsync(cancellationToken: Stop) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                || !entry.Name.StartsWith(root, StringComparison.Ordinal)) continue;
            using var content = new MemoryStream();
            if (entry.DataStream is { } data) await data.CopyToAsync(content, Stop);
            await cluster.Blobs.WriteAsync(entry.Name[root.Length..], content.ToArray(), cancellationToken: Stop);
        }
    }
}
