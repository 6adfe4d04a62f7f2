using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Http;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Jobs;

/// <summary>
/// Server-sent events: <c>id:</c> is the place to go on after, a comment every few quiet seconds, end of stream when there is no more.
/// </summary>
internal sealed class EventStream(
    JobEventReader reader, TimeProvider clock, IOptions<GatewayOptions> options, IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json,
    IHostApplicationLifetime host)
{
    public const string LastEventId = "Last-Event-ID", ContentType = "text/event-stream";

    // Come back after a second: what a reconnecting browser missed waits in the log.
    private static readonly byte[] _retry = "retry: 1000\n\n"u8.ToArray();

    private static readonly byte[] _heartbeat = ": still here\n\n"u8.ToArray(), _end = "event: end\ndata: {}\n\n"u8.ToArray();

    // Whoever follows the same log in this process is given the same objects: each is put into words once for all of them.
    private readonly ConditionalWeakTable<object, byte[]> _written = [];

    /// <summary>Whether the request would rather have a stream than a page of JSON.</summary>
    public static bool Wanted(HttpRequest request) => AcceptHeader.Prefers(request, ContentType, "application/json");

    /// <summary>A job's events.</summary>
    public async Task WriteAsync(HttpResponse response, CurrentTenant tenant, string jobId, long afterSeq,
        CancellationToken cancellationToken)
    {
        var head = await JobEventReader.ReadAsync(tenant, jobId, afterSeq, 1);
        if (head.Ended && afterSeq >= head.LastSeq)
        {
            response.StatusCode = StatusCodes.Status204NoContent;           // tells an EventSource that came back to stop coming
            return;
        }
        await WriteAsync(response, stop => reader.FollowAsync(tenant, jobId, afterSeq, stop), one => $"{one.Seq}", cancellationToken);
    }

    /// <param name="follow">What to send, until it ends or is stopped.</param>
    /// <param name="idOf">Each one's place.</param>
    public async Task WriteAsync<T>(
        HttpResponse response, Func<CancellationToken, IAsyncEnumerable<T>> follow, Func<T, string> idOf,
        CancellationToken cancellationToken) where T : class
    {
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(response.HttpContext.Request.Method)) return;
        await response.Body.WriteAsync(_retry, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);

        // A gateway that stops says so at once: its readers come back, elsewhere or here, after the last one they saw.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.ApplicationStopping);
        var events = follow(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = Task.FromResult(false);
        try
        {
            while (true)
            {
                next = events.MoveNextAsync().AsTask();
                if (!next.IsCompleted) await response.Body.FlushAsync(cancellationToken);
                while (!await ComesAsync(next, stop.Token))
                {
                    if (host.ApplicationStopping.IsCancellationRequested) break;
                    await response.Body.WriteAsync(_heartbeat, cancellationToken);
                    await response.Body.FlushAsync(cancellationToken);
                }
                if (host.ApplicationStopping.IsCancellationRequested)
                {
                    await response.Body.WriteAsync(_retry, cancellationToken);
                    return;
                }
                if (!await next) break;

                await response.Body.WriteAsync(InWords(events.Current, idOf), cancellationToken);
            }
            await response.Body.WriteAsync(_end, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();                                       // an iterator may be disposed only when it is not moving
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync();
        }
    }

    private byte[] InWords<T>(T one, Func<T, string> idOf) where T : class
    {
        if (_written.TryGetValue(one, out var known)) return known;
        var words = Encoding.UTF8.GetBytes($"id: {idOf(one)}\ndata: {JsonSerializer.Serialize(one, json.Value.SerializerOptions)}\n\n");
        _written.AddOrUpdate(one, words);
        return words;
    }

    private async Task<bool> ComesAsync(Task next, CancellationToken cancellationToken)
    {
        await next.WaitAsync(options.Value.Heartbeat, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return next.IsCompleted;
    }
}
