// The client that NSwag makes of the document: the whole flow against a live server.
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Generated;

string Given(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

using var http = new HttpClient();
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Given("KEY"));
var api = new Api(http) { BaseUrl = Given("VICO") };

var concept = (await api.ConceptsCreateAsync(
    new() { Name = "Teapot", InitWord = "teapot", Tags = ["nswag"] }, $"flow-{Guid.NewGuid():N}")).Id;
var photos = new[] { "1.png", "2.png" }.Select(name =>
    new FileParameter(File.OpenRead(Path.Combine(Given("PHOTOS"), name)), name, "image/png"));
var uploaded = await api.PhotosUploadAsync(concept, photos: photos);

var training = await EndedAsync((await api.TrainingTrainAsync(concept, new() { Steps = 3 })).Id);
var events = (await api.JobsEventsAsync(training.Id, limit: 200)).Events;
var steps = events.Count(one => one.Data is JobEventDataStepDone { Loss: > 0 });

var (code, bad) = await RefusedAsync(() => api.ImagesSampleAsync(new() { Concept = concept, Prompt = "", Guidance = 200 }));
var drawing = await EndedAsync((await api.ImagesSampleAsync(
    new() { Concept = concept, Prompt = "a photo of *", Count = 2, SamplingSteps = 1, Sampler = SampleRequestSampler.Euler })).Id);
using var picture = await api.ImagesGetAsync(drawing.Images.First());
var png = new byte[4];
await picture.Stream.ReadExactlyAsync(png);
var page = await api.ImagesListAsync(concept: concept, limit: 1);
var next = await api.ImagesListAsync(concept: concept, limit: 1, cursor: page.Next);
await api.ConceptsDeleteAsync(concept);
var removed = api.LastStatus;
var (gone, _) = await RefusedAsync(() => api.ConceptsGetAsync(concept));

Console.WriteLine(JsonSerializer.Serialize(new
{
    photos = uploaded.Photos.Count, trained = $"{training.State}".ToLowerInvariant(), steps, code, bad, images = drawing.Images.Count,
    png = Encoding.ASCII.GetString(png, 1, 3), pages = new[] { page.Images.Count, next.Images.Count }, removed, gone,
}));

async Task<JobView> EndedAsync(string id)
{
    for (var tries = 0; tries < 600; tries++)
    {
        var job = await api.JobsGetAsync(id);
        if (job.Ended is not null) return job;
        await Task.Delay(50);
    }
    throw new TimeoutException($"{id} does not end.");
}

static async Task<(string Code, IEnumerable<string> Fields)> RefusedAsync(Func<Task> call)
{
    try
    {
        await call();
    }
    catch (ApiException<Problem> refusal)
    {
        return (refusal.Result.Code, refusal.Result.Errors?.Keys.Order() ?? Enumerable.Empty<string>());
    }
    throw new InvalidOperationException("It was not refused.");
}

namespace Generated
{
    /// <summary>A client tells only what it read; this one also says by which status the last answer came.</summary>
    public partial class Api
    {
        public int LastStatus { get; private set; }

        partial void ProcessResponse(HttpClient client, HttpResponseMessage response) => LastStatus = (int)response.StatusCode;
    }
}
