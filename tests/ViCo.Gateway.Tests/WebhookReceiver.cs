using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ViCo.Gateway.Tests;

/// <summary>A server of its own that takes messages, at the one address that is allowed inside.</summary>
internal sealed class WebhookReceiver(WebApplication app) : IAsyncDisposable
{
    private readonly ConcurrentQueue<WebhookMessage> _all = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public List<WebhookMessage> All => [.. _all];

    public Func<WebhookMessage, int> Answer { get; set; } = _ => 200;

    public string? Location { get; set; }

    public string Url(string path) => app.Urls.First() + path;

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync(Stop);
        return receiver;
    }

    public async Task UntilAsync(Func<List<WebhookMessage>, bool> enough)
    {
        for (var tries = 0; !enough(All); tries++)
        {
            Assert.True(tries < 200, string.Join('\n', All.Select(m => $"{m.Path} {m.Status} {m.Text}")));
            await Task.Delay(100, Stop);
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var text = await new StreamReader(context.Request.Body).ReadToEndAsync(Stop);
        var headers = context.Request.Headers;
        var message = new WebhookMessage(context.Request.Path, headers["webhook-id"]!, headers["webhook-timestamp"]!,
            headers["webhook-signature"]!, text, 0);
        message = message with { Status = Answer(message) };
        _all.Enqueue(message);
        context.Response.StatusCode = message.Status;
        if (Location is not null) context.Response.Headers.Location = Location;
    }
}
