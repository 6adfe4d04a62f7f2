using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tests.Gpus;
using ViCo.Grains.Upkeep;

namespace ViCo.Grains.Tests.Upkeep;

/// <summary>What an admin's verbs find, mend, remove and copy, over a store that was worked with.</summary>
public sealed class StoreUpkeepTests(StoreUpkeepTests.WorkedWith worked) : IClassFixture<StoreUpkeepTests.WorkedWith>, IDisposable
{
    private const string Concept = "tenants/acme/concepts/teapot/";

    private static readonly Progress<StoreProgress> Unseen = new();

    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_store_that_was_worked_with_is_whole_and_holds_nothing_too_much()
    {
        var report = await VerifyAsync(await CopyAsync());
        Assert.Empty(report.Findings.Select(f => $"{f.Fault} {f.Blob}: {f.What}"));
        Assert.Equal((1, 3), (report.Concepts, report.Jobs));
    }

    [Theory]
    [InlineData(Fault.Damaged, "state/job/acme/draw.json", true)]
    [InlineData(Fault.Damaged, "state/concept/acme/teapot.json", true)]
    [InlineData(Fault.Damaged, "/train/log/", false)]
    [InlineData(Fault.Damaged, "/draw/attempt-0001/images/0001.png", false)]
    [InlineData(Fault.Damaged, "/train/attempt-0001/checkpoints/step-000300.safetensors", false)]
    [InlineData(Fault.Damaged, "/train/attempt-0001/resume/", false)]
    [InlineData(Fault.Damaged, "tenants/acme/index/jobs/", true)]
    [InlineData(Fault.Damaged, "/teapot/index/jobs/", true)]
    [InlineData(Fault.Damaged, "queues/default/usage.json", false)]
    public async Task A_cut_blob_is_named(Fault fault, string part, bool mendable)
    {
        var blobs = await CopyAsync();
        var name = (await NamesAsync(blobs)).First(n => n.Contains(part, StringComparison.Ordinal));
        var whole = (await blobs.ReadAsync(name, Stop))!.Content.ToArray();
        await blobs.WriteAsync(name, whole.AsMemory(0, Math.Min(20, whole.Length / 2)), cancellationToken: Stop);

        var report = await VerifyAsync(blobs);
        Assert.Contains(report.Findings, f => f.Fault == fault && f.Blob == name);
        Assert.False(report.IsSound);
        // What a damaged record owned stays, whatever is collected.
        Assert.Empty(Upkeep(blobs).Orphans(report));
        Assert.Equal(mendable, report.Findings.Any(f => f.Blob == name && f.Remedy is not null));
        await StoreUpkeep.RepairAsync(report, setsAside: true, _ => { });
        var after = await VerifyAsync(blobs);
        Assert.Equal(mendable, after.IsSound);
        Assert.Empty(Upkeep(blobs).Orphans(after));
    }

    [Theory]
    [InlineData("/draw/attempt-0001/images/0000.png")]
    [InlineData("/train/attempt-0001/checkpoints/step-000300.safetensors")]
    [InlineData("/teapot/photos/photo1")]
    public async Task A_flipped_bit_is_named_where_the_size_would_not_tell(string part)
    {
        var blobs = await CopyAsync();
        var name = (await NamesAsync(blobs)).First(n => n.Contains(part, StringComparison.Ordinal));
        var content = (await blobs.ReadAsync(name, Stop))!.Content.ToArray();
        content[^1] ^= 4;
        await blobs.WriteAsync(name, content, cancellationToken: Stop);
        var found = Assert.Single((await VerifyAsync(blobs)).Findings);
        Assert.Equal((Fault.Damaged, name), (found.Fault, found.Blob));
        Assert.Empty((await Upkeep(blobs).VerifyAsync(withDigests: false, Unseen, Stop)).Findings);
    }

    [Theory]
    [InlineData("/draw/attempt-0001/images/0000.png", Fault.Missing)]
    [InlineData("/teapot/photos/photo0", Fault.Missing)]
    [InlineData("/train/log/", Fault.Missing)]
    [InlineData("/draw/submitted", Fault.Unlisted)]
    [InlineData("tenants/acme/index/jobs/", Fault.Unlisted)]
    [InlineData("tenants/acme/index/concepts/", Fault.Unlisted)]
    [InlineData("queue/default/2/acme/", Fault.Unlisted)]
    public async Task What_is_gone_is_missed_and_what_follows_from_the_rest_comes_back(string part, Fault fault)
    {
        var blobs = await CopyAsync();
        var name = (await NamesAsync(blobs)).First(n => n.Contains(part, StringComparison.Ordinal));
        await blobs.DeleteAsync(name, cancellationToken: Stop);
        var report = await VerifyAsync(blobs);
        var found = Assert.Single(report.Findings);
        Assert.Equal(fault, found.Fault);
        Assert.StartsWith(found.Blob, name, StringComparison.Ordinal);
        await StoreUpkeep.RepairAsync(report, setsAside: false, _ => { });
        Assert.Equal(fault == Fault.Missing, (await VerifyAsync(blobs)).Findings.Count > 0);
    }

    [Fact]
    public async Task What_nobody_owns_is_removed_and_nothing_else()
    {
        var blobs = await CopyAsync();
        var owned = await NamesAsync(blobs);
        string[] orphans =
        [
            $"{Concept}jobs/draw/attempt-0001/images/0007.png", $"{Concept}jobs/draw/attempt-0001/images/0007.png.w96.webp",
            $"{Concept}jobs/train/attempt-0002/checkpoints/step-000050.safetensors",
            $"{Concept}jobs/train/attempt-0001/previews/step-000077.png", $"{Concept}photos/nobodys.png",
            "tenants/acme/concepts/gone/photos/1.png",
        ];
        foreach (var orphan in orphans) await blobs.WriteAsync(orphan, new byte[7], cancellationToken: Stop);
        await blobs.WriteAsync($"{Concept}jobs/draw/attempt-0001/images/0000.png.w96.webp", new byte[3], cancellationToken: Stop);
        await blobs.WriteAsync("notes/todo.txt", new byte[3], cancellationToken: Stop);

        var upkeep = Upkeep(blobs);
        var found = upkeep.Orphans(await upkeep.VerifyAsync(withDigests: true, Unseen, Stop));
        Assert.Equal(orphans.Order(StringComparer.Ordinal), found.Select(f => f.Blob));
        // Somebody may be about to tell of them.
        var shared = new StoreUpkeep(blobs, isAlone: false, TimeProvider.System);
        Assert.Empty(shared.Orphans(await shared.VerifyAsync(withDigests: false, Unseen, Stop)));

        await upkeep.CollectAsync(found, _ => { }, Stop);
        string[] left = [.. owned, $"{Concept}jobs/draw/attempt-0001/images/0000.png.w96.webp", "notes/todo.txt"];
        Assert.Equal(left.Order(StringComparer.Ordinal), await NamesAsync(blobs));
    }

    [Fact]
    public async Task A_backup_comes_back_byte_for_byte_or_not_at_all()
    {
        var blobs = await CopyAsync();
        var backup = new FolderBlobStore(Path.Combine(_folder.Path, "backup"));
        await new StoreBackup(blobs, backup).BackUpAsync(DateTimeOffset.UnixEpoch, Unseen, Stop);
        var again = new FolderBlobStore(Path.Combine(_folder.Path, "again"));
        var report = await new StoreBackup(backup, again).RestoreAsync(Unseen, Stop);
        Assert.Equal((true, 1, 3), (report.IsSound, report.Concepts, report.Jobs));
        Assert.Equal(await NamesAsync(blobs), await NamesAsync(again));
        foreach (var name in await NamesAsync(blobs))
            Assert.Equal((await blobs.ReadAsync(name, Stop))!.Content.ToArray(), (await again.ReadAsync(name, Stop))!.Content.ToArray());

        var picture = $"{Concept}jobs/draw/attempt-0001/images/0000.png";
        var content = (await backup.ReadAsync(picture, Stop))!.Content.ToArray();
        content[^1] ^= 1;
        await backup.WriteAsync(picture, content, cancellationToken: Stop);
        var never = new FolderBlobStore(Path.Combine(_folder.Path, "never"));
        report = await new StoreBackup(backup, never).RestoreAsync(Unseen, Stop);
        Assert.Equal((Fault.Damaged, picture), (Assert.Single(report.Findings).Fault, Assert.Single(report.Findings).Blob));
        Assert.Empty(await NamesAsync(never));
        await Assert.ThrowsAsync<InvalidDataException>(() => new StoreBackup(backup, again).RestoreAsync(Unseen, Stop));
        await Assert.ThrowsAsync<InvalidDataException>(() => new StoreBackup(blobs, never).RestoreAsync(Unseen, Stop));
    }

    private static StoreUpkeep Upkeep(IBlobStore blobs) => new(blobs, isAlone: true, TimeProvider.System);

    private static Task<StoreReport> VerifyAsync(IBlobStore blobs) => Upkeep(blobs).VerifyAsync(withDigests: true, Unseen, Stop);

    private static async Task<List<string>> NamesAsync(FolderBlobStore blobs)
    {
        List<string> names = [];
        await foreach (var blob in blobs.ListAsync("", Stop)) names.Add(blob.Name);
        return names;
    }

    private async Task<FolderBlobStore> CopyAsync()
    {
        var copy = new FolderBlobStore(Path.Combine(_folder.Path, "store"));
        foreach (var (name, content) in worked.Blobs) await copy.WriteAsync(name, content, cancellationToken: Stop);
        return copy;
    }

    /// <summary>What a training of 300 steps, two pictures and a training that waits have left.</summary>
    public sealed class WorkedWith : IAsyncLifetime
    {
        public Dictionary<string, byte[]> Blobs { get; } = [];

        public async ValueTask InitializeAsync()
        {
            await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false);
            using var tenant = Cluster.AsTenant();
            var concept = await cluster.NewConceptAsync("teapot");
            await concept.Train("train", Asking.Steps(300));
            await Cluster.UntilEndedAsync(cluster.Job("train"));
            await concept.Sample("draw", Asking.Pictures("a *", count: 2));
            await Cluster.UntilEndedAsync(cluster.Job("draw"));
            await WorkerTests.UntilAsync(async () => (await cluster.NamesAsync("queue/")).Count == 0);
            // A base model that no worker has: it waits.
            var spec = cluster.Training(5) with { ConceptId = "teapot", BaseDigest = new string('f', 64) };
            await cluster.Blobs.WriteAsync(BlobNames.Submitted(Cluster.Tenant, "teapot", "waits"), ReadOnlyMemory<byte>.Empty);
            Assert.Null((await cluster.Job("waits").Submit(spec)).Problem);
            // It stores what was used when it goes.
            await cluster.Silos.DeactivateAsync(cluster.Queue);
            foreach (var name in await cluster.NamesAsync("")) Blobs.Add(name, await cluster.BytesAsync(name));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
