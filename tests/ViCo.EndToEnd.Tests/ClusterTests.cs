using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The platform as separate processes: a control silo, two GPU silos and a gateway over Redis and Azurite.</summary>
public sealed class ClusterTests
{
    [Theory]
    [InlineData("rehearsal", 120)]
    [InlineData("torch", 60)]
    public async Task Killing_the_GPU_silo_that_works_moves_its_training_to_the_other_one(string engine, int steps)
    {
        await using var cluster = await ProcessCluster.StartAsync(engine);
        var concept = await cluster.User.CreateTeapotAsync();
        var job = await cluster.User.TrainAsync(concept, steps);

        // Past the first resume point, which comes after a second, so that going on is more than beginning again.
        var heard = await cluster.User.ListenAsync(job, e => e.Type == "step" && e.Step >= 30, TimeSpan.FromMinutes(3));
        var working = cluster.WorkerOf(heard);
        await cluster.Gpus[working].KillAsync();

        await cluster.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
        var events = await cluster.User.EventsAsync(job);
        TrainingLog.AssertWhole(events, steps);
        TrainingLog.AssertBeginsWith(events, heard);
        Assert.NotEqual(working, cluster.WorkerOf(events));
        Assert.Equal(2, events[^1].Attempt);

        var checkpoints = (await cluster.User.ConceptAsync(concept))["checkpoints"]!.AsArray().Select(c => c!["step"]!.GetValue<int>())
            .Order().ToList();
        Assert.Equal(steps, checkpoints[^1]);
        Assert.Equal(checkpoints.Distinct(), checkpoints);
    }
}
