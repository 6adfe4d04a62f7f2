using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The platform is asked to stop while somebody watches a training.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task A_watched_training_is_handed_on_and_its_watcher_told_to_come_back()
    {
        var data = Directory.CreateTempSubdirectory("vico-drain-").FullName;
        try
        {
            string job;
            int heard;
            await using (var host = await UpHost.StartAsync(data, "--engine", "rehearsal"))
            {
                job = await host.User.TrainAsync(await host.User.CreateTeapotAsync(), 400);
                var watching = host.User.ListenToTheEndAsync(job);
                await host.User.ListenAsync(job, e => e.Type == "step" && e.Step >= 20, TimeSpan.FromMinutes(1));
                var began = TimeProvider.System.GetTimestamp();
                host.Process.Terminate();
                Assert.Equal(0, await host.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
                var took = TimeProvider.System.GetElapsedTime(began);
                TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalSeconds:F1} s");
                Assert.True(took < TimeSpan.FromSeconds(10), $"{took.TotalSeconds:F1} s");

                var lines = await watching;
                Assert.Equal(2, lines.Count(line => line.StartsWith("retry:", StringComparison.Ordinal)));
                Assert.DoesNotContain("event: end", lines);
                heard = lines.Count(line => line.Contains("\"step\"", StringComparison.Ordinal));
                Assert.True(heard >= 20, $"{heard} steps");
            }

            await using (var host = await UpHost.StartAsync(data, "--engine", "rehearsal"))
            {
                await host.WaitForEndAsync(job, TimeSpan.FromMinutes(2));
                var events = await host.User.EventsAsync(job);
                TrainingLog.AssertWhole(events, 400);
                var handedOn = Assert.Single(events, e => e.Type == "state" && e.Seq > 1 && $"{e.Data["state"]}" == "queued");
                Assert.Contains("shuts down", $"{handedOn.Data["reason"]}", StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
