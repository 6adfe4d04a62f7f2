// The client that Kiota makes of the document: the whole flow against a live server.
using System.Text;
using System.Text.Json;
using Generated;
using Generated.Models;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

string Given(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

using var adapter = new HttpClientRequestAdapter(new BaseBearerTokenAuthenticationProvider(new Key(Given("KEY"))))
{
    BaseUrl = Given("VICO"),
};
var api = new Api(adapter);

var made = await api.Concepts.PostAsync(
    new() { Name = "Teapot", InitWord = "teapot", Tags = ["kiota"] },
    request => request.Headers.Add("Idempotency-Key", $"flow-{Guid.NewGuid():N}"));
var concept = api.Concepts[made!.Id];
var form = new MultipartBody();
foreach (var name in new[] { "1.png", "2.png" })
    form.AddOrReplacePart("photos", "image/png", await File.ReadAllBytesAsync(Path.Combine(Given("PHOTOS"), name)), name);
var uploaded = await concept.Photos.PostAsync(form);

var training = await EndedAsync((await concept.Trainings.PostAsync(new() { Steps = 3 }))!.Id!);
var events = (await api.Jobs[training.Id].Events.GetAsync(request => request.QueryParameters.Limit = 200))!.Events!;
var steps = events.Select(one => one.Data!.JobEventDataStepDone).Count(step => step?.Loss > 0);

var (code, bad) = await RefusedAsync(() => api.Images.PostAsync(new() { Concept = made.Id, Prompt = "", Guidance = 200 }));
var drawing = await EndedAsync((await api.Images.PostAsync(
    new() { Concept = made.Id, Prompt = "a photo of *", Count = 2, SamplingSteps = 1, Sampler = SampleRequest_sampler.Euler }))!.Id!);
await using var picture = await api.Images[drawing.Images![0]].GetAsync();
var png = new byte[4];
await picture!.ReadExactlyAsync(png);
var page = await api.Images.GetAsync(request => (request.QueryParameters.Concept, request.QueryParameters.Limit) = (made.Id, 1));
var next = await api.Images.GetAsync(request =>
    (request.QueryParameters.Concept, request.QueryParameters.Limit, request.QueryParameters.Cursor) = (made.Id, 1, page!.Next));
await concept.DeleteAsync();
var (gone, _) = await RefusedAsync(() => concept.GetAsync());

Console.WriteLine(JsonSerializer.Serialize(new
{
    photos = uploaded!.Photos!.Count, trained = $"{training.State}".ToLowerInvariant(), steps, code, bad, images = drawing.Images.Count,
    png = Encoding.ASCII.GetString(png, 1, 3), pages = new[] { page!.Images!.Count, next!.Images!.Count }, removed = 204, gone,
}));

async Task<JobView> EndedAsync(string id)
{
    for (var tries = 0; tries < 600; tries++)
    {
        var job = await api.Jobs[id].GetAsync();
        if (job!.Ended is not null) return job;
        await Task.Delay(50);
    }
    throw new TimeoutException($"{id} does not end.");
}

static async Task<(string? Code, IEnumerable<string> Fields)> RefusedAsync(Func<Task> call)
{
    try
    {
        await call();
    }
    catch (Problem refusal)
    {
        return (refusal.Code, refusal.Errors?.AdditionalData.Keys.Order() ?? Enumerable.Empty<string>());
    }
    throw new InvalidOperationException("It was not refused.");
}

internal sealed class Key(string key) : IAccessTokenProvider
{
    public AllowedHostsValidator AllowedHostsValidator { get; } = new();

    public Task<string> GetAuthorizationTokenAsync(
        Uri uri, Dictionary<string, object>? context = null, CancellationToken cancellationToken = default) => Task.FromResult(key);
}
