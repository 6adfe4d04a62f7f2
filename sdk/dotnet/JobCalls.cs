using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ViCo.Client;

/// <summary>What is queued, runs and has ended.</summary>
public sealed class JobCalls
{
    /// <summary>A connection that was silent for so long is dead: a server says something at least once a minute.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromMinutes(2);

    private readonly Transport _transport;
    private readonly ViCoClientOptions _options;

    internal JobCalls(Transport transport, ViCoClientOptions options) => (_transport, _options) = (transport, options);

    /// <summary>The tenant's, newest first, read page by page.</summary>
    /// <param name="kind"><c>training</c> or <c>sampling</c>.</param>
    public IAsyncEnumerable<Job> ListAsync(
        string? concept = null, string? kind = null, IReadOnlyList<JobState>? states = null, string? user = null,
        DateTimeOffset? since = null, CancellationToken cancellationToken = default) =>
        Paging.ListAsync(
            _transport, "jobs", ViCoJson.Default.JobPage, page => (page.Jobs, page.Next),
            [
                ("concept", concept), ("kind", kind), ("user", user), ("since", Paging.Text(since)),
                ("state", states is { Count: > 0 } ? string.Join(',', states.Select(s => JsonNamingPolicy.CamelCase.ConvertName($"{s}")))
                    : null),
            ],
            cancellationToken);

    /// <summary>One.</summary>
    public Task<Job> GetAsync(string job, CancellationToken cancellationToken = default) =>
        _transport.GetAsync($"jobs/{job}", ViCoJson.Default.Job, cancellationToken);

    /// <summary>Ends a job: a waiting one at once, a running one at its next step.</summary>
    public Task<Job> CancelAsync(string job, CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"jobs/{job}/cancel", body: (System.Text.Json.Nodes.JsonNode?)null, key: null, ViCoJson.Default.Job,
            cancellationToken);

    /// <summary>Does what a failed or cancelled job was asked for, as a new job; a training goes on from its last resume point.</summary>
    /// <param name="key">The same key does it once, whenever it is repeated; null: a new one.</param>
    public Task<Job> RetryAsync(string job, string? key = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"jobs/{job}/retry", (System.Text.Json.Nodes.JsonNode?)null, key, ViCoJson.Default.Job, cancellationToken);

    /// <summary>Deletes a job with its log and pictures.</summary>
    public Task DeleteAsync(string job, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"jobs/{job}", cancellationToken);

    /// <summary>Follows a job to its end and returns it.</summary>
    public async Task<Job> WaitAsync(string job, CancellationToken cancellationToken = default)
    {
        await foreach (var _ in FollowAsync(job, long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            // Only its end counts.
        }
        return await GetAsync(job, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every event after <paramref name="afterSeq"/>, as it happens, in order and none twice, until the job has ended.</summary>
    /// <remarks>A connection that breaks, or falls silent, is taken up where it broke.</remarks>
    public async IAsyncEnumerable<JobEvent> FollowAsync(
        string job, long afterSeq = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var quiet = 0; ; quiet++)
        {
            if (quiet > 0) await Task.Delay(Transport.Pause(quiet), _options.Clock, cancellationToken).ConfigureAwait(false);
            using var response = await OpenAsync(job, afterSeq, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NoContent) yield break;               // there is no more

            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var watched = new WatchedStream(stream, _silence, _options.Clock);
            await using var events = SseParser.Create(watched).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveAsync(events).ConfigureAwait(false))
            {
                if (events.Current.EventType == "end") yield break;
                if (JsonSerializer.Deserialize(events.Current.Data, ViCoJson.Default.JobEvent) is not { } one
                    || one.Seq <= afterSeq) continue;
                (afterSeq, quiet) = (one.Seq, 0);
                yield return one;
            }
        }
    }

    private Task<HttpResponseMessage> OpenAsync(string job, long afterSeq, CancellationToken cancellationToken) => _transport.SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"jobs/{job}/events", UriKind.Relative));
            request.Headers.Accept.ParseAdd("text/event-stream");
            request.Headers.Add("Last-Event-ID", afterSeq.ToString(CultureInfo.InvariantCulture));
            return request;
        },
        HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>False where the stream ends, whether or not the server said so.</summary>
    private static async Task<bool> MoveAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return false;
        }
    }
}
