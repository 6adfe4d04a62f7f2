using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

/// <summary>What goes wrong in a store is told apart: full, away, or nothing but a condition that does not hold.</summary>
public sealed class TellingBlobStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_disk_without_room_is_full()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "The system has no /dev/full.");
        var store = new TellingBlobStore(new FaultyBlobStore(new FolderBlobStore(_folder.Path), rate: 0, seed: 1)
        {
            Hold = _ =>
            {
                using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
                RandomAccess.Write(full, new byte[] { 1 }, 0);
                return Task.CompletedTask;
            },
        });
        var trouble = await Assert.ThrowsAsync<StorageTroubleException>(
            () => store.WriteAsync("a", new byte[] { 1 }, cancellationToken: Stop));
        Assert.True(trouble.IsFull);
    }

    [Fact]
    public async Task A_folder_that_went_is_away_and_not_empty()
    {
        var folder = Path.Combine(_folder.Path, "store");
        var store = new TellingBlobStore(new FolderBlobStore(folder));
        await store.WriteAsync("a/b", new byte[] { 1 }, cancellationToken: Stop);
        Assert.Null(await store.ReadAsync("a/c", Stop));
        Directory.Move(folder, $"{folder}-away");
        foreach (var call in new Func<Task>[]
        {
            () => store.ReadAsync("a/b", Stop), () => store.OpenReadAsync("a/b", Stop),
            () => store.DeleteAsync("a/b", cancellationToken: Stop),
            () => store.WriteAsync("a/b", new byte[] { 2 }, cancellationToken: Stop),
            async () =>
            {
                await foreach (var _ in store.ListAsync("a/", Stop)) { }
            },
        })
        {
            Assert.False((await Assert.ThrowsAsync<StorageTroubleException>(call)).IsFull);
        }
        Directory.Move($"{folder}-away", folder);
        Assert.NotNull(await store.ReadAsync("a/b", Stop));
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_is_no_trouble()
    {
        var store = new TellingBlobStore(new FolderBlobStore(_folder.Path));
        await store.WriteAsync("a", new byte[] { 1 }, cancellationToken: Stop);
        await Assert.ThrowsAsync<BlobConflictException>(() => store.WriteAsync("a", new byte[] { 2 }, BlobCondition.Absent, Stop));
    }
}
