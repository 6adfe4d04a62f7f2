using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The all-in-one host loses power in the middle of a training and is started again.</summary>
public sealed class RestartTests(RestartTests.Uninterrupted uninterrupted) : IClassFixture<RestartTests.Uninterrupted>
{
    private const int Steps = 60, ResumeEvery = 25;

    /// <summary>Seeds of the steps at which the power goes: two in every run, twenty with <c>./vico test --long</c>.</summary>
    public static IEnumerable<TheoryDataRow<int>> Seeds() =>
        Enumerable.Range(1, Environment.GetEnvironmentVariable("VICO_LONG") is null ? 2 : 20).Select(seed => new TheoryDataRow<int>(seed));

    [Theory, MemberData(nameof(Seeds))]
    public async Task A_training_killed_at_a_random_step_goes_on_by_itself_and_ends_as_if_nothing_had_happened(int seed)
    {
        // Not at the very last step: there the job may be done before the kill arrives, which is another test's matter.
        var killAt = new Random(seed).Next(1, Steps - 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"killed after step {killAt}");
        var data = Directory.CreateTempSubdirectory("vico-restart-").FullName;
        try
        {
            string concept, job;
            IReadOnlyList<LoggedEvent> heard;
            await using (var host = await UpHost.StartAsync(data))
            {
                concept = await host.User.CreateTeapotAsync();
                job = await host.User.TrainAsync(concept, Steps);
                heard = await host.User.ListenAsync(job, e => e.Type == "step" && e.Step >= killAt, TimeSpan.FromMinutes(3));
                await host.Process.KillAsync();
            }

            await using (var host = await UpHost.StartAsync(data))
            {
                await host.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
                var events = await host.User.EventsAsync(job);
                TrainingLog.AssertWhole(events, Steps, ResumeEvery);
                TrainingLog.AssertBeginsWith(events, heard);
                Assert.Equal(2, events[^1].Attempt);
                // Resumed exactly: the last checkpoint is bit for bit that of a training nobody disturbed.
                Assert.Equal(uninterrupted.Digest, UpHost.DigestOfNewest(await host.User.ConceptAsync(concept)));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>The same training without a crash.</summary>
    public sealed class Uninterrupted : IAsyncLifetime
    {
        public string Digest { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            var data = Directory.CreateTempSubdirectory("vico-restart-").FullName;
            await using (var host = await UpHost.StartAsync(data))
            {
                var concept = await host.User.CreateTeapotAsync();
                var job = await host.User.TrainAsync(concept, Steps);
                await host.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
                TrainingLog.AssertWhole(await host.User.EventsAsync(job), Steps, ResumeEvery);
                Digest = UpHost.DigestOfNewest(await host.User.ConceptAsync(concept));
            }

            Directory.Delete(data, recursive: true);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
