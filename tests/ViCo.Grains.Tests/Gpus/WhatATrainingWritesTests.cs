using System.Text.Json;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tests.Storage;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>What a training costs in writes and bytes; prints both.</summary>
public sealed class WhatATrainingWritesTests
{
    [Fact]
    public async Task Steps_are_written_in_groups_of_a_second_and_few_times_over()
    {
        // VICO_LONG: as it was measured first, 400 steps of 0.2 s.
        var isLong = Environment.GetEnvironmentVariable("VICO_LONG") is not null;
        var (steps, milliseconds) = isLong ? (400, 200) : (200, 25);
        CountingBlobStore store = null!;
        await using var cluster = await Cluster.StartAsync(["control,gpu"], fakeClock: false, step: TimeSpan.FromMilliseconds(milliseconds),
            wrap: inner => store = new(inner));
        using var tenant = Cluster.AsTenant();
        await (await cluster.NewConceptAsync("teapot")).Train("train", Asking.Steps(steps));
        Assert.Equal(JobState.Succeeded, (await Cluster.UntilEndedAsync(cluster.Job("train"), TimeSpan.FromMinutes(3))).State);

        var events = JsonSerializer.SerializeToUtf8Bytes(await Cluster.LogAsync(cluster.Job("train")), GrainJson.Options).Length;
        var ofLog = store.Writes.Where(w => w.Name.Contains("/log/", StringComparison.Ordinal)
            || w.Name.StartsWith("state/job/", StringComparison.Ordinal)).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{store.Writes.Count} writes, {store.Deletes} deletes; of record and log "
            + $"{ofLog.Count} writes, {ofLog.Sum(w => w.Bytes)} bytes for {events} bytes of events");
        // A group each second; beside them checkpoints, previews, start and end.
        var seconds = steps * milliseconds / 1000;
        Assert.InRange(ofLog.Count, seconds / 2, (3 * seconds / 2) + (4 * steps / 50) + (steps / 32) + 8);
        Assert.InRange(ofLog.Sum(w => w.Bytes), events, 12 * events);
    }
}
