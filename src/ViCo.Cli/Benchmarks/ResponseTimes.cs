using System.Collections.Concurrent;
using ViCo.Cli.Platform;
using ViCo.Cli.Remote;
using ViCo.Client;

namespace ViCo.Cli.Benchmarks;

/// <summary>Measures from outside how quickly the web side answers while the engine trains in the same process.</summary>
/// <remarks>
/// Requests leave on a clock of their own (open loop): a slow answer does not hold back the next request, so that waiting is counted.
/// Both trainings are the same job in the same process; the first warms nothing that the second needs
/// but the base model, which is loaded before.
/// </remarks>
internal sealed class ResponseTimes(
    EngineChoice engine, IReadOnlyList<Engine.PhotoFile> photos, string initWord, int steps, int requestsPerSecond)
{
    public sealed record Result(IReadOnlyList<RouteTimes> Routes, TimeSpan AloneStep, TimeSpan LoadedStep);

    /// <param name="Times">Ascending.</param>
    public sealed record RouteTimes(string Route, IReadOnlyList<TimeSpan> Times)
    {
        public int Requests => Times.Count;

        /// <summary>The quantile <paramref name="q"/>: the smallest time that at least this share of answers did not exceed.</summary>
        public double Milliseconds(double q) => Times[Math.Max(0, (int)Math.Ceiling(q * Times.Count) - 1)].TotalMilliseconds;
    }

    public async Task<Result> MeasureAsync(CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("vico-bench-").FullName;
        try
        {
            await using var platform =
                await AllInOneHost.StartAsync(new("http://127.0.0.1:0", data, engine, Quiet: true), cancellationToken);
            using var http = new HttpClient();
            using var client = new ViCoClient(http, platform.Address, platform.Admin.ApiKey);
            var concept = await client.Concepts.CreateAsync(new("bench", initWord), cancellationToken: cancellationToken);
            await client.Concepts.UploadAsync(concept.Id, photos.ForServer(), cancellationToken: cancellationToken);

            var alone = await TrainAsync(client, concept.Id, null, cancellationToken);
            var routes = new ConcurrentDictionary<string, ConcurrentBag<TimeSpan>>();
            var loaded = await TrainAsync(client, concept.Id, job => LoadAsync(http, ["/healthz", $"/jobs/{job}"], routes),
                cancellationToken);
            return new([.. routes.Select(r => new RouteTimes(r.Key, [.. r.Value.Order()])).OrderBy(r => r.Route.Length)], alone, loaded);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Trains to the end and returns the median step.</summary>
    private async Task<TimeSpan> TrainAsync(
        ViCoClient client, string conceptId, Func<string, Func<CancellationToken, Task>>? beside, CancellationToken cancellationToken)
    {
        var job = await client.Runs.StartAsync(conceptId, new() { Steps = steps }, cancellationToken: cancellationToken);
        var seconds = new List<double>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = Task.CompletedTask;
        await foreach (var e in client.Jobs.FollowAsync(job.Id, cancellationToken: cancellationToken))
        {
            if (e.Data is StepDone step)
            {
                // The load begins with the first step: loading the base model is not training.
                if (seconds.Count == 0 && beside is not null) load = beside(job.Id)(over.Token);
                seconds.Add(step.Seconds);
            }
            else if (e.Data is ErrorRaised error)
            {
                throw new InvalidOperationException(error.Message);
            }
        }

        await over.CancelAsync();
        await load;
        seconds.Sort();
        return TimeSpan.FromSeconds(seconds[seconds.Count / 2]);
    }

    private Func<CancellationToken, Task> LoadAsync(
        HttpClient http, IReadOnlyList<string> paths, ConcurrentDictionary<string, ConcurrentBag<TimeSpan>> times) => async over =>
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / requestsPerSecond), TimeProvider.System);
        var running = new List<Task>();
        try
        {
            while (await timer.WaitForNextTickAsync(over)) running.AddRange(paths.Select(AskAsync));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }

        async Task AskAsync(string path)
        {
            var began = TimeProvider.System.GetTimestamp();
            await http.GetByteArrayAsync(new Uri(path, UriKind.Relative), CancellationToken.None);
            var route = path.StartsWith("/jobs/", StringComparison.Ordinal) ? "GET /jobs/{id}" : $"GET {path}";
            times.GetOrAdd(route, _ => []).Add(TimeProvider.System.GetElapsedTime(began));
        }
    };
}
