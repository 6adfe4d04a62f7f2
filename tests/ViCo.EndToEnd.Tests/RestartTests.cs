using System.Globalization;
using System.Text.RegularExpressions;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The all-in-one host loses power in the middle of a training and is started again.</summary>
public sealed partial class RestartTests(RestartTests.Undisturbed undisturbed) : IClassFixture<RestartTests.Undisturbed>
{
    private const int ResumeEvery = 5;

    /// <summary>
    /// Engine, steps, and the seed of the step at which the power goes: two in every run, twenty with <c>./vico test --long</c>.
    /// </summary>
    public static IEnumerable<TheoryDataRow<string, int, int>> Kills() =>
        from engine in new[] { (Name: "rehearsal", Steps: 400), (Name: "torch", Steps: 60) }
        from seed in Enumerable.Range(1, Environment.GetEnvironmentVariable("VICO_LONG") is null ? 2 : 20)
        select new TheoryDataRow<string, int, int>(engine.Name, engine.Steps, seed);

    [Theory, MemberData(nameof(Kills))]
    public async Task A_training_killed_at_a_random_step_goes_on_by_itself_and_ends_as_if_nothing_had_happened(string engine, int steps,
        int seed)
    {
        // Not in the last steps: there the job may be done before the kill arrives.
        var killAt = new Random(seed).Next(1, steps * 9 / 10);
        TestContext.Current.TestOutputHelper?.WriteLine($"killed after step {killAt}");
        var data = Directory.CreateTempSubdirectory("vico-restart-").FullName;
        try
        {
            string concept, job;
            IReadOnlyList<LoggedEvent> heard;
            await using (var host = await UpHost.StartAsync(data, "--engine", engine))
            {
                concept = await host.User.CreateTeapotAsync();
                job = await host.User.TrainAsync(concept, steps, resumeEvery: ResumeEvery);
                heard = await host.User.ListenAsync(job, e => e.Type == "step" && e.Step >= killAt, TimeSpan.FromMinutes(3));
                await host.Process.KillAsync();
            }

            await using (var host = await UpHost.StartAsync(data, "--engine", engine))
            {
                await host.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
                var events = await host.User.EventsAsync(job);
                TrainingLog.AssertWhole(events, steps);
                TrainingLog.AssertBeginsWith(events, heard);
                Assert.Equal(2, events[^1].Attempt);
                // The resume point of the step that was heard last may not have been stored; the one before was.
                Assert.InRange(ResumedAt(host.Process.Output), Math.Max(0, (killAt / ResumeEvery - 1) * ResumeEvery), steps - 1);
                // Resumed exactly: the last checkpoint is bit for bit that of a training nobody disturbed.
                Assert.Equal(await undisturbed.DigestAsync(engine, steps), UpHost.DigestOfNewest(await host.User.ConceptAsync(concept)));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static int ResumedAt(string said) => int.Parse(Resumed().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"attempt 2 started on .* from step (\d+)")]
    private static partial Regex Resumed();

    /// <summary>The same trainings without a crash, each done once.</summary>
    public sealed class Undisturbed
    {
        private readonly Dictionary<string, string> _digests = [];

        public async Task<string> DigestAsync(string engine, int steps)
        {
            if (_digests.TryGetValue(engine, out var known)) return known;
            var data = Directory.CreateTempSubdirectory("vico-restart-").FullName;
            await using (var host = await UpHost.StartAsync(data, "--engine", engine))
            {
                var concept = await host.User.CreateTeapotAsync();
                var job = await host.User.TrainAsync(concept, steps, resumeEvery: ResumeEvery);
                await host.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
                TrainingLog.AssertWhole(await host.User.EventsAsync(job), steps);
                _digests[engine] = UpHost.DigestOfNewest(await host.User.ConceptAsync(concept));
            }

            Directory.Delete(data, recursive: true);
            return _digests[engine];
        }
    }
}
