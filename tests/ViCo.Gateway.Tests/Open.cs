using System.Net.Http.Headers;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace ViCo.Gateway.Tests;

/// <summary>Something open for a caller that ends when the caller may no longer.</summary>
internal static class Open
{
    /// <summary>A stream of server-sent events; the task ends when the server ends it.</summary>
    public static async Task<Task> StreamAsync(Uri gateway, string path, string name, string value, CancellationToken stop)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = gateway };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add(name, value);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        answer.EnsureSuccessStatusCode();
        return ReadAsync();

        async Task ReadAsync()
        {
            using (client)
            using (answer) await answer.Content.CopyToAsync(Stream.Null, stop);
        }
    }

    /// <summary>A hub's connection; the task ends when the server closes it.</summary>
    public static async Task<Task> HubAsync(Uri gateway, string key, CancellationToken stop)
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(gateway, "/hubs/studio"), options =>
                options.AccessTokenProvider = () => Task.FromResult<string?>(key)).Build();
        var closed = new TaskCompletionSource();
        hub.Closed += _ =>
        {
            closed.SetResult();
            return Task.CompletedTask;
        };
        await hub.StartAsync(stop);
        return closed.Task;
    }
}
