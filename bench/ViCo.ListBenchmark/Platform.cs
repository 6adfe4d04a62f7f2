using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ViCo.Gateway;
using ViCo.Shared;

namespace ViCo.ListBenchmark;

/// <summary>Gateway and grains in this process over a folder, without workers: the benchmark does their part.</summary>
internal sealed class Platform : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private Platform(WebApplication app) =>
        (_app, _http) = (app, new() { BaseAddress = new(app.Urls.First()), Timeout = TimeSpan.FromMinutes(5) });

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public static async Task<Platform> StartAsync(string folder) =>
        new(await ControlHost.StartAsync(folder, builder => builder.AddViCoGateway(), app => app.MapViCo()));

    /// <summary>Milliseconds until the whole answer is there.</summary>
    public async Task<double> TimeAsync(Filled tenant, string path)
    {
        var started = Stopwatch.GetTimestamp();
        await GetAsync(tenant, path.Replace("{job}", tenant.LastJob, StringComparison.Ordinal));
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    public async Task<(int Pictures, int Pages, TimeSpan Took)> LastPageAsync(Filled tenant)
    {
        var started = Stopwatch.GetTimestamp();
        var (pictures, pages) = (0, 0);
        for (var cursor = ""; ; pages++)
        {
            var page = JsonNode.Parse(await GetAsync(tenant, $"/images?limit=200{cursor}"))!;
            pictures += page["images"]!.AsArray().Count;
            if ((string?)page["next"] is not { } next) return (pictures, pages + 1, Stopwatch.GetElapsedTime(started));
            cursor = $"&cursor={Uri.EscapeDataString(next)}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<byte[]> GetAsync(Filled tenant, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tenant.Key);
        using var answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode
            ? await answer.Content.ReadAsByteArrayAsync()
            : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}
