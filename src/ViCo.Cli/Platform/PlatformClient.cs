using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR.Client;
using ViCo.Engine;
using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Cli.Platform;

/// <summary>The platform's public API as any client uses it: REST under a key, and the hub for a job's events.</summary>
/// <remarks>Every POST carries an Idempotency-Key, so a repeat after a lost answer makes nothing twice.</remarks>
internal sealed class PlatformClient : IAsyncDisposable
{
    /// <summary>JSON as the gateway writes it: camelCase, states as words.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter<JobState>(JsonNamingPolicy.CamelCase) },
        AllowOutOfOrderMetadataProperties = true,
    };

    private readonly HttpClient _http;
    private readonly HubConnection _hub;

    public PlatformClient(Uri address, string apiKey)
    {
        _http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", apiKey);
        _hub = new HubConnectionBuilder()
            .WithUrl(new Uri(address, "/hubs/studio"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(apiKey))
            .WithAutomaticReconnect()
            .AddJsonProtocol(json => json.PayloadSerializerOptions = Json)
            .Build();
    }

    public Task<ConceptAnswer> CreateConceptAsync(string name, string initWord, CancellationToken cancellationToken) =>
        PostAsync<ConceptAnswer>("/concepts", new { name, initWord }, cancellationToken);

    /// <summary>Uploads photos in order and returns the concept with their ids.</summary>
    public async Task<ConceptAnswer> UploadPhotosAsync(string conceptId, IReadOnlyList<PhotoFile> photos,
        CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent();
        foreach (var photo in photos)
        {
            var part = new ReadOnlyMemoryContent(photo.Content);
            part.Headers.ContentType = new MediaTypeHeaderValue(Path.GetExtension(photo.Name).ToLowerInvariant() switch
            {
                ".png" => "image/png",
                ".webp" => "image/webp",
                _ => "image/jpeg",
            });
            form.Add(part, "photos", photo.Name);
        }

        using var response = await _http.PostAsync(new Uri($"/concepts/{conceptId}/photos", UriKind.Relative), form, cancellationToken);
        await ThrowUnlessDoneAsync(response, cancellationToken);
        return await GetAsync<ConceptAnswer>($"/concepts/{conceptId}", cancellationToken);
    }

    public Task<JobView> TrainAsync(string conceptId, TrainingSettings settings, CancellationToken cancellationToken) =>
        PostAsync<JobView>($"/concepts/{conceptId}/trainings", settings, cancellationToken);

    public Task<JobView> SampleAsync(string conceptId, SamplingSettings settings, CancellationToken cancellationToken) =>
        PostAsync<JobView>(
            "/images",
            settings.Checkpoint is { } choice ? Asked(conceptId, settings).With("checkpoint", $"{choice}") : Asked(conceptId, settings),
            cancellationToken);

    public Task<ConceptAnswer> GetConceptAsync(string conceptId, CancellationToken cancellationToken) =>
        GetAsync<ConceptAnswer>($"/concepts/{conceptId}", cancellationToken);

    public async Task<byte[]> DownloadAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        await ThrowUnlessDoneAsync(response, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>A job's durable events from the first to the last, over the hub; a broken connection is taken up where it broke.</summary>
    public async IAsyncEnumerable<JobEvent> FollowAsync(string jobId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seq = 0L;
        while (true)
        {
            if (_hub.State == HubConnectionState.Disconnected) await _hub.StartAsync(cancellationToken);
            await using var events = _hub.StreamAsync<JobEvent>("Subscribe", jobId, seq, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await events.MoveNextAsync()) break;
                }
                catch (Exception e) when (e is HttpRequestException or IOException or System.Net.WebSockets.WebSocketException)
                {
                    break;
                }

                seq = events.Current.Seq;
                yield return events.Current;
                if (events.Current.Data is StateChanged { State: JobState.Succeeded or JobState.Failed or JobState.Canceled }) yield break;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _http.Dispose();
    }

    private static OptionValues Asked(string conceptId, SamplingSettings settings) =>
        settings.Options.With("concept", conceptId).With("prompt", settings.Prompt).With("references", settings.References);

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = JsonContent.Create(body, options: Json),
        };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        using var response = await _http.SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await ThrowUnlessDoneAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken)
            ?? throw new InvalidOperationException($"{response.RequestMessage?.RequestUri?.AbsolutePath} answered with nothing.");
    }

    /// <summary>A problem answer becomes an error in its own words.</summary>
    private static async Task ThrowUnlessDoneAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var where = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}";
        // A 4xx is about what was asked for; the answer says what was wrong with it.
        var message = $"{where}: {(int)response.StatusCode} {Detail(text)}";
        throw (int)response.StatusCode is >= 400 and < 500 ? new InvalidDataException(message) : new HttpRequestException(message);
    }

    private static string Detail(string text)
    {
        try
        {
            using var problem = JsonDocument.Parse(text);
            return string.Join(' ', Words(problem.RootElement));
        }
        catch (JsonException)
        {
            return text;
        }

        static IEnumerable<string> Words(JsonElement problem)
        {
            if (problem.TryGetProperty("title", out var title)) yield return $"{title}";
            if (problem.TryGetProperty("detail", out var detail)) yield return $"{detail}";
            else if (problem.TryGetProperty("errors", out var errors)) yield return $"{errors}";
        }
    }
}
