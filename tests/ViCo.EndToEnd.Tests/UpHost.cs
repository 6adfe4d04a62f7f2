using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary><c>vico up</c> as its own process, with the key that its first start wrote.</summary>
internal sealed class UpHost : IAsyncDisposable
{
    private UpHost(Child process, Uri address, string key) => (Process, Address, Key, User) = (process, address, key, new(address, key));

    public Child Process { get; }

    public Uri Address { get; }

    public string Key { get; }

    public ApiUser User { get; }

    public static Task<UpHost> StartAsync(string data, params string[] more) => StartAsync(data, Child.FreePort(), more);

    /// <summary>On a port that stays the same over a restart.</summary>
    public static async Task<UpHost> StartAsync(string data, int port, params string[] more)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        var process = Child.Start(Programs.Vico,
            ["up", "--urls", address.ToString().TrimEnd('/'), "--data", data, "--model", Programs.Toybox, .. more]);
        using var http = new HttpClient();
        var keyFile = Path.Combine(data, "admin.key");
        await process.WaitUntilAsync(
            async () => File.Exists(keyFile) && (await http.GetAsync(new Uri(address, "/readyz"))).IsSuccessStatusCode,
            TimeSpan.FromSeconds(60), "ready");
        return new(process, address, (await File.ReadAllTextAsync(keyFile)).Trim());
    }

    public Task WaitForEndAsync(string job, TimeSpan limit) => Process.WaitUntilAsync(
        async () => (await User.JobAsync(job))["state"]!.GetValue<string>() switch
        {
            "succeeded" => true,
            "failed" or "canceled" => throw new InvalidOperationException($"Job {job} ended badly: {await User.JobAsync(job)}"),
            _ => false,
        },
        limit, $"done with job {job}");

    /// <summary>The digest of a concept's newest checkpoint.</summary>
    public static string DigestOfNewest(JsonNode concept) =>
        concept["checkpoints"]!.AsArray().MaxBy(c => c!["step"]!.GetValue<int>())!["digest"]!.GetValue<string>();

    public async ValueTask DisposeAsync()
    {
        User.Dispose();
        await Process.DisposeAsync();
    }
}
