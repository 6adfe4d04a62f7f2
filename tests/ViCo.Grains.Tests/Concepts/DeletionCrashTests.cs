using Orleans.Runtime;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tests.Storage;

namespace ViCo.Grains.Tests.Concepts;

/// <summary>
/// A deletion that is cut off at any write: what was told deleted stays deleted, the rest can be deleted again,
/// and the storage figure is what lies there.
/// </summary>
public sealed class DeletionCrashTests : IAsyncLifetime
{
    private static readonly string[] _records = ["/log/", "/submitted", "/index/"];

    private FaultyBlobStore _store = null!;
    private Cluster _cluster = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _cluster = await Cluster.StartAsync(wrap: blobs => _store = new(blobs, rate: 2, seed: 1) { Armed = false, SparesReads = true });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("photo", 2)]
    [InlineData("checkpoint", 2)]
    [InlineData("run", 5)]
    [InlineData("image", 3)]
    [InlineData("job", 5)]
    [InlineData("concept", 10)]
    public async Task Cut_off_at_any_write_a_deletion_loses_nothing_and_brings_nothing_back(string what, int writes)
    {
        using var tenant = Cluster.AsTenant();
        var cut = 0;
        for (var struck = true; struck; cut++)
        {
            var id = $"{what}{cut}";
            await MakeAsync(id);
            var (left, before) = (cut, _store.Faults);
            _store.Concerns = _ => Interlocked.Decrement(ref left) < 0;
            _store.Armed = true;
            var told = await TryAsync(() => DeleteAsync(what, id));
            _store.Armed = false;
            struck = _store.Faults > before;
            await RestartAsync(id);
            if (!told) await DeleteAsync(what, id);

            await IsGoneAsync(what, id);
            await FigureIsRightAsync(id);
            await _cluster.Concept(id).Delete();
        }
        Assert.InRange(cut, writes, 200);
    }

    [Theory]
    [InlineData("photo")]
    [InlineData("checkpoint")]
    [InlineData("run")]
    [InlineData("job")]
    [InlineData("concept")]
    public async Task Cut_off_at_any_write_a_deletion_goes_on_by_itself(string what)
    {
        using var tenant = Cluster.AsTenant();
        var (went, cut) = (0, 0);
        for (var struck = true; struck; cut++)
        {
            var id = $"{what}{cut}";
            await MakeAsync(id);
            var (left, before) = (cut, _store.Faults);
            // The sweep of what was cut off before may still be at it.
            _store.Concerns = name => (name.Contains(id, StringComparison.Ordinal) || name.Contains("/index/", StringComparison.Ordinal))
                && Interlocked.Decrement(ref left) < 0;
            _store.Armed = true;
            var told = await TryAsync(() => DeleteAsync(what, id));
            _store.Armed = false;
            struck = _store.Faults > before;
            await RestartAsync(id);
            if (!await IsNotedAsync(id))
            {
                // Cut off before it began, or done.
                if (told) await IsGoneAsync(what, id);
                continue;
            }
            went++;
            for (var tries = 0; tries < 200 && await IsNotedAsync(id); tries++)
            {
                _cluster.Clock.Advance(TimeSpan.FromMinutes(1));
                await Task.Delay(20, Stop);
            }
            await FigureIsRightAsync(id);
            // Cut off between the note and the record, it never began.
            if (cut < 2 && await IsThereAsync(what, id)) continue;
            await IsGoneAsync(what, id);
        }
        Assert.InRange(went, 2, cut);
    }

    [Fact]
    public async Task Nothing_is_seen_of_a_concept_from_the_moment_its_deletion_begins()
    {
        using var tenant = Cluster.AsTenant();
        await MakeAsync("pot");
        var draw = _cluster.Job("pot-draw");
        var picture = (await draw.GetImage(0))!;
        _store.Concerns = name => name.Contains("/jobs/", StringComparison.Ordinal)
            || name.Contains("state/job/", StringComparison.Ordinal);
        _store.Armed = true;
        Assert.False(await TryAsync(() => _cluster.Concept("pot").Delete()));

        Assert.NotNull(await draw.Get());
        Assert.NotNull(await _cluster.Blobs.ReadAsync(picture.Blob, Stop));
        Assert.Null(await draw.GetImage(0));
        Assert.Null(await _cluster.Concept("pot").Get());
        Assert.Equal("concept", (await _cluster.Concept("pot").Sample("more", Asking.Pictures("*", count: 1))).What);
        _store.Armed = false;
    }

    [Fact]
    public async Task A_drawing_that_comes_while_its_concept_is_deleted_leaves_nothing()
    {
        using var tenant = Cluster.AsTenant();
        await MakeAsync("pot");
        var (came, deleted) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Hold = name =>
        {
            if (!name.EndsWith("late/submitted", StringComparison.Ordinal)) return Task.CompletedTask;
            came.TrySetResult();
            return deleted.Task;
        };
        var sampling = _cluster.Concept("pot").Sample("late", Asking.Pictures("*", count: 1));
        await came.Task;
        Assert.Equal(Outcome.Done, await _cluster.Concept("pot").Delete());
        deleted.SetResult();
        Assert.Equal("concept", (await sampling).What);
        Assert.Empty(await _cluster.NamesAsync("tenants/acme/concepts/"));
        Assert.Empty(await _cluster.NamesAsync("state/job/"));
        Assert.Empty(await _cluster.NamesAsync("queue/"));
        Assert.Empty(await _cluster.NamesAsync("deletions/"));
    }

    [Fact]
    public async Task A_photo_that_is_removed_while_a_drawing_of_it_comes_stays_until_the_drawing_has_ended()
    {
        using var tenant = Cluster.AsTenant();
        await MakeAsync("pot");
        var photo = (await _cluster.Concept("pot").Get())!.Photos[0];
        var (came, removed) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Hold = name =>
        {
            if (!name.EndsWith("late/submitted", StringComparison.Ordinal)) return Task.CompletedTask;
            came.TrySetResult();
            return removed.Task;
        };
        var sampling = _cluster.Concept("pot").Sample("late", Asking.Pictures("*", count: 1));
        await came.Task;
        Assert.Equal(Outcome.Done, await _cluster.Concept("pot").RemovePhoto(photo.Id));
        removed.SetResult();
        Assert.Null((await sampling).Problem);
        Assert.NotNull(await _cluster.Blobs.ReadAsync(photo.Blob, Stop));
        await _cluster.Job("late").Cancel();
        Assert.Null(await _cluster.Blobs.ReadAsync(photo.Blob, Stop));
    }

    private async Task<bool> IsThereAsync(string what, string id) => await _cluster.Concept(id).Get() is { } concept && what switch
    {
        "photo" => concept.Photos.Count == 2,
        "checkpoint" => concept.Checkpoints.Count == 2,
        "run" => concept.Runs == 1,
        "job" => await _cluster.Job($"{id}-draw").Get() is { Images.Count: 2 },
        _ => true,
    };

    private async Task<bool> IsNotedAsync(string id) =>
        (await _cluster.NamesAsync("deletions/")).Any(note => note.Contains($"/{id}", StringComparison.Ordinal));

    private Task DeleteAsync(string what, string id) => what switch
    {
        "photo" => _cluster.Concept(id).RemovePhoto("photo0"),
        "checkpoint" => _cluster.Concept(id).RemoveCheckpoint($"{id}-run", 1),
        "run" => _cluster.Concept(id).RemoveRun($"{id}-run"),
        "image" => _cluster.Job($"{id}-draw").RemoveImage(0),
        "job" => _cluster.Job($"{id}-draw").Erase(),
        _ => _cluster.Concept(id).Delete(),
    };

    private async Task IsGoneAsync(string what, string id)
    {
        var (concept, draw) = (_cluster.Concept(id), _cluster.Job($"{id}-draw"));
        if (what != "concept") Assert.NotNull(await concept.Get());
        switch (what)
        {
            case "photo":
                Assert.Equal("photo1", Assert.Single((await concept.Get())!.Photos).Id);
                break;
            case "checkpoint":
                Assert.Equal([2], Assert.Single((await concept.GetRuns())!).Checkpoints.Select(c => c.Step));
                break;
            case "run":
                Assert.Empty((await concept.GetRuns())!);
                break;
            case "image":
                Assert.Equal([$"{id}-draw-1"], (await draw.Get())!.Images);
                break;
            case "job":
                Assert.Null(await draw.Get());
                Assert.Equal([$"{id}-run"], (await _cluster.Index(IndexKeys.Jobs(Cluster.Tenant, id)).Read(new(9)))
                    .Entries.Select(e => e.Id));
                break;
            default:
                Assert.Null(await concept.Get());
                Assert.Null(await draw.Get());
                Assert.DoesNotContain((await _cluster.Index(IndexKeys.Concepts(Cluster.Tenant)).Read(new(200))).Entries, e => e.Id == id);
                break;
        }
    }

    /// <summary>
    /// What concept and jobs say they keep is what lies in the store, but for records; tidying goes on for a moment after a restart.
    /// </summary>
    private async Task FigureIsRightAsync(string id)
    {
        var (there, said) = (-1L, -2L);
        for (var tries = 0; tries < 100 && there != said; tries++)
        {
            if (tries > 0) await Task.Delay(20, Stop);
            there = 0;
            await foreach (var blob in _cluster.Blobs.ListAsync(BlobNames.Concept(Cluster.Tenant, id), Stop))
            {
                if (!_records.Any(part => blob.Name.Contains(part, StringComparison.Ordinal))) there += blob.Bytes;
            }
            said = ((await _cluster.Concept(id).Get())?.StoredBytes ?? 0) + await _cluster.Index(IndexKeys.Jobs(Cluster.Tenant, id))
                .GetStoredBytes();
        }
        Assert.Equal(there, said);
    }

    /// <summary>Two photos of 3 bytes, a run of two checkpoints of 10, a drawing of two pictures of 5.</summary>
    private async Task MakeAsync(string id)
    {
        var concept = await _cluster.NewConceptAsync(id);
        Assert.Null((await concept.Train($"{id}-run", Asking.Steps(2))).Problem);
        await WorkAsync(id, $"{id}-run", [.. Enumerable.Range(1, 2).SelectMany(
            step => new JobEventData[] { new StepDone(step, 2, 1, 1, 1), new CheckpointSaved(step, $"d{step}", 10) })]);
        Assert.Null((await concept.Sample($"{id}-draw", Asking.Pictures("*", count: 2))).Problem);
        await WorkAsync(id, $"{id}-draw",
            [.. Enumerable.Range(0, 2).Select(index => new ImageDrawn($"{id}-draw-{index}", index, 42 + index, []) { Bytes = 5 })]);
    }

    private async Task WorkAsync(string id, string job, IReadOnlyList<JobEventData> events)
    {
        var attempt = BlobNames.Attempt(Cluster.Tenant, id, job, 1);
        foreach (var one in events)
        {
            if (one is CheckpointSaved saved) await _cluster.Blobs.WriteAsync(BlobNames.Checkpoint(attempt, saved.Step), new byte[10],
                cancellationToken: Stop);
            if (one is ImageDrawn image) await _cluster.Blobs.WriteAsync(BlobNames.Image(attempt, image.Index), new byte[5],
                cancellationToken: Stop);
        }
        await _cluster.Job(job).Start(1, "w");
        await _cluster.Job(job).Append(1, 1, events);
        Assert.Equal(AppendResult.Accepted, await _cluster.Job(job).Complete(1));
    }

    private static async Task<bool> TryAsync(Func<Task> delete)
    {
        try
        {
            await delete();
            return true;
        }
        catch (Exception e) when (e is IOException or OrleansException)
        {
            return false;
        }
    }

    /// <summary>Nothing is left in memory, as after the death of the silo.</summary>
    private async Task RestartAsync(string id)
    {
        foreach (var grain in new IAddressable[]
        {
            _cluster.Concept(id), _cluster.Job($"{id}-run"), _cluster.Job($"{id}-draw"), _cluster.Index(IndexKeys.Jobs(Cluster.Tenant, id)),
            _cluster.Index(IndexKeys.Jobs(Cluster.Tenant)), _cluster.Index(IndexKeys.Concepts(Cluster.Tenant)),
        })
        {
            await _cluster.Silos.DeactivateAsync(grain);
        }
    }
}
