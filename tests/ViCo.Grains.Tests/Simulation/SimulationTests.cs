namespace ViCo.Grains.Tests.Simulation;

/// <summary>By itself: it takes every core and every thread of the pool, and tests that wait for leases would lose theirs.</summary>
[Collection(nameof(SimulationTests)), CollectionDefinition(nameof(SimulationTests), DisableParallelization = true)]
public sealed class SimulationTests
{
    private const int Seeds = 3_000;

    [Fact]
    public void Whatever_a_seed_does_to_processes_messages_and_writes_every_job_ends_once_and_tells_all()
    {
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        int attempts = 0, canceled = 0;
        Parallel.For(0, Seeds, seed =>
        {
            var platform = new SimulatedPlatform(seed);
            try
            {
                platform.Run();
            }
            catch (Exception e)
            {
                failures.Add($"seed {seed}: {e.Message}");
            }
            Interlocked.Add(ref attempts, platform.Jobs.Sum(j => j.Attempts));
            Interlocked.Add(ref canceled, platform.Jobs.Count(j => j.WasCanceled));
        });
        Assert.True(failures.IsEmpty, string.Join('\n', failures.Order().Take(10)));

        // The trouble was real: jobs ran more than once, and some were cancelled on the way.
        TestContext.Current.TestOutputHelper?.WriteLine($"{Seeds} seeds, {Seeds * 4} jobs, {attempts} attempts, {canceled} cancelled");
        Assert.True(attempts > Seeds * 4 * 1.2, $"{attempts} attempts of {Seeds * 4} jobs");
        Assert.True(canceled > Seeds / 20, $"{canceled} cancelled");
    }
}
