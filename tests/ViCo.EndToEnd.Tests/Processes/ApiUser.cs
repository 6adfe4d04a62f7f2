using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>A user's view of a running platform: plain HTTP and JSON.</summary>
internal sealed class ApiUser : IDisposable
{
    private readonly HttpClient _http;

    public ApiUser(Uri address, string apiKey)
    {
        _http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", apiKey);
    }

    public async Task<string> CreateTeapotAsync()
    {
        var concept = await PostAsync("/concepts", new { name = "teapot", initWord = "teapot" });
        var id = concept["id"]!.GetValue<string>();
        await UploadAsync($"/concepts/{id}/photos", Programs.TeapotPhotos, 4);
        return id;
    }

    /// <summary>A concept of the sample teapot and the sample backpack, two photos each.</summary>
    public async Task<string> CreatePairAsync()
    {
        var concept = await PostAsync("/concepts",
            new { name = "pair", objects = new[] { new { initWord = "teapot" }, new { initWord = "backpack" } } });
        var id = concept["id"]!.GetValue<string>();
        await UploadAsync($"/concepts/{id}/photos", Programs.TeapotPhotos, 2);
        await UploadAsync($"/concepts/{id}/photos?object=2", Programs.BackpackPhotos, 2);
        return id;
    }

    /// <summary>Starts a training and returns the job's id.</summary>
    public async Task<string> TrainAsync(string conceptId, int steps, double? tokenMerging = null, int? resumeEvery = null) =>
        (await PostAsync($"/concepts/{conceptId}/trainings", new { steps, tokenMerging, resumeEvery }))["id"]!.GetValue<string>();

    /// <summary>Starts the drawing of one picture and returns the job's id.</summary>
    public async Task<string> DrawAsync(string concept, string prompt, int samplingSteps, double? tokenMerging = null) =>
        (await PostAsync("/images", new { concept, prompt, count = 1, samplingSteps, tokenMerging }))["id"]!.GetValue<string>();

    public Task<byte[]> BytesAsync(string path) => _http.GetByteArrayAsync(new Uri(path, UriKind.Relative), Cancellation);

    public Task<JsonNode> JobAsync(string jobId) => GetAsync($"/jobs/{jobId}");

    public Task<JsonNode> ConceptAsync(string conceptId) => GetAsync($"/concepts/{conceptId}");

    /// <summary>The whole log so far, page by page.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> EventsAsync(string jobId)
    {
        var events = new List<LoggedEvent>();
        while (true)
        {
            var page = await GetAsync($"/jobs/{jobId}/events?after={(events.Count == 0 ? 0 : events[^1].Seq)}");
            var some = page["events"]!.AsArray().Select(e => LoggedEvent.Of(e!)).ToList();
            if (some.Count == 0) return events;
            events.AddRange(some);
        }
    }

    /// <summary>Listens to the job's server-sent events until <paramref name="enough"/>, and returns what was heard.</summary>
    public async Task<IReadOnlyList<LoggedEvent>> ListenAsync(string jobId, Func<LoggedEvent, bool> enough, TimeSpan limit)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/jobs/{jobId}/events", UriKind.Relative));
        request.Headers.Accept.Add(new("text/event-stream"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        over.CancelAfter(limit);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, over.Token);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(over.Token), Encoding.UTF8);
        var heard = new List<LoggedEvent>();
        while (await reader.ReadLineAsync(over.Token) is { } line)
        {
            if (!line.StartsWith("data: {\"", StringComparison.Ordinal)) continue;
            heard.Add(LoggedEvent.Of(JsonNode.Parse(line["data: ".Length..])!));
            if (enough(heard[^1])) return heard;
        }

        return heard;
    }

    /// <summary>All lines of the job's server-sent events until the server ends them.</summary>
    public async Task<IReadOnlyList<string>> ListenToTheEndAsync(string jobId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/jobs/{jobId}/events", UriKind.Relative));
        request.Headers.Accept.Add(new("text/event-stream"));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation), Encoding.UTF8);
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Cancellation) is { } line) lines.Add(line);
        return lines;
    }

    /// <summary>Posts a body as it is, under an <c>Idempotency-Key</c>.</summary>
    public async Task<JsonNode> PostOnceAsync(string path, string json, string idempotencyKey)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var response = await _http.SendAsync(request, Cancellation);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    public void Dispose() => _http.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return response.StatusCode;
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    public async Task<JsonNode> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, JsonSerializerOptions.Web, Cancellation);
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }

    private async Task UploadAsync(string path, string folder, int photos)
    {
        using var form = new MultipartFormDataContent();
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Take(photos))
        {
            var part = new ByteArrayContent(await File.ReadAllBytesAsync(file, Cancellation));
            part.Headers.ContentType = new("image/png");
            form.Add(part, "photos", Path.GetFileName(file));
        }

        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), form, Cancellation);
        await EnsureAsync(response);
    }

    private static async Task EnsureAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            Assert.Fail(
                $"{response.RequestMessage} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(Cancellation)}");
    }
}

/// <param name="Json">The event as it came, to compare byte for byte.</param>
internal sealed record LoggedEvent(long Seq, int Attempt, string Type, JsonNode Data, string Json)
{
    public static LoggedEvent Of(JsonNode e) => new(
        e["seq"]!.GetValue<long>(), e["attempt"]!.GetValue<int>(), e["data"]!["type"]!.GetValue<string>(), e["data"]!, e.ToJsonString());

    /// <summary>The optimizer step of a step event.</summary>
    public int Step => Data["step"]!.GetValue<int>();
}
