using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace ViCo.Client;

/// <summary>
/// HTTP under a key. A request that was lost to a broken connection, or that a busy server turned away, is sent again.
/// </summary>
/// <remarks>That is safe for a POST, too: it carries an <c>Idempotency-Key</c>.</remarks>
internal sealed class Transport(HttpClient http, ViCoClientOptions options)
{
    private const int MaxTries = 5;

    // Who is told to wait longer, such as until the next day of a quota, is to hear of it.
    private static readonly TimeSpan _longestWait = TimeSpan.FromMinutes(1);

    public Uri Address => http.BaseAddress!;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new(HttpMethod.Get, Relative(path)), HttpCompletionOption.ResponseContentRead,
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    public Task<T> PostAsync<T>(string path, JsonNode? body, string? key, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        PostAsync(path, () => body is null ? null : Json(body), key, type, cancellationToken);

    public async Task<T> PostAsync<T>(string path, Func<HttpContent?> body, string? key, JsonTypeInfo<T> type,
        CancellationToken cancellationToken)
    {
        key ??= Guid.NewGuid().ToString("N");
        using var response = await SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, Relative(path)) { Content = body() };
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A POST that must not be sent again: its answer holds a secret, and those are not kept.</summary>
    public async Task<T> PostOnceAsync<T>(string path, JsonNode body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new(HttpMethod.Post, Relative(path)) { Content = Json(body) }, HttpCompletionOption.ResponseContentRead,
            cancellationToken, mostTries: 1).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    public async Task<T> PatchAsync<T>(string path, JsonNode body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new(HttpMethod.Patch, Relative(path)) { Content = Json(body) }, HttpCompletionOption.ResponseContentRead,
            cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, type, cancellationToken).ConfigureAwait(false);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new(HttpMethod.Delete, Relative(path)), HttpCompletionOption.ResponseContentRead,
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<byte[]> BytesAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new(HttpMethod.Get, Relative(path)), HttpCompletionOption.ResponseContentRead,
            cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task CopyAsync(string path, Stream to, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(() => new(HttpMethod.Get, Relative(path)), HttpCompletionOption.ResponseHeadersRead,
            cancellationToken).ConfigureAwait(false);
        await response.Content.CopyToAsync(to, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An answer that is a success; one that is not becomes a <see cref="ViCoException"/>.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> make, HttpCompletionOption completion, CancellationToken cancellationToken, int mostTries = MaxTries)
    {
        for (var tries = 1; ; tries++)
        {
            TimeSpan? wait = null;
            try
            {
                using var request = make();
                var response = await http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode) return response;
                if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests && tries < mostTries
                    && (response.Headers.RetryAfter?.Delta ?? Pause(tries)) is var told && told <= _longestWait)
                    wait = told;
                using (response)
                {
                    if (wait is null) throw await ProblemAsync(response, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (HttpRequestException) when (tries < mostTries)
            {
                wait = Pause(tries);
            }
            await Task.Delay(wait.Value, options.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How long to wait before try <paramref name="tries"/> + 1.</summary>
    public static TimeSpan Pause(int tries) => TimeSpan.FromMilliseconds(Math.Min(200 * Math.Pow(2, tries - 1), 5000));

    private static Uri Relative(string path) => new(path.TrimStart('/'), UriKind.Relative);

    private static StringContent Json(JsonNode body) => new(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false)
        ?? throw new InvalidDataException($"{response.RequestMessage?.RequestUri?.AbsolutePath} answered with nothing.");

    private static async Task<ViCoException> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        ProblemBody? problem = null;
        try
        {
            if (response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true)
                problem = JsonSerializer.Deserialize(text, ViCoJson.Default.ProblemBody);
        }
        catch (JsonException)
        {
            // No server of ours.
        }
        var where = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}";
        return new(
            response.StatusCode, problem?.Code ?? $"http_{(int)response.StatusCode}", problem?.Field,
            problem?.Detail ?? problem?.Title ?? $"{where} answered {(int)response.StatusCode}.");
    }
}
