using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Grains.Concepts;
using ViCo.Options;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Concepts of several objects.</summary>
public sealed class ObjectsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_objects_are_learned_and_drawn_as_the_engine_does_it_with_both()
    {
        var concept = await NewPairAsync();
        await UploadAsync(concept, null, Sample(1), Sample(2));
        await UploadAsync(concept, 2, Sample(1, "backpack"), Sample(2, "backpack"), Sample(3, "backpack"));
        var view = await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop));
        Assert.Equal(["teapot", "backpack"], view["objects"]!.AsArray().Select(o => (string)o!["initWord"]!));
        Assert.Equal([1, 1, 2, 2, 2], view["photos"]!.AsArray().Select(p => (int)p!["object"]!));

        await host.EndAsync(await host.TrainAsync(concept, 12));
        var checkpoint = await host.Client.GetByteArrayAsync($"/concepts/{concept}/checkpoints/12", Stop);
        var photos = new List<PhotoFile>();
        foreach (var photo in view["photos"]!.AsArray())
            photos.Add(new((string)photo!["name"]!, await host.Client.GetByteArrayAsync((string)photo["url"]!, Stop)));
        await using var engine = new RehearsalEngine();
        var learned = new LastCheckpoint();
        var training = new TrainingRequest(photos[..2], "teapot", OptionValues.None.With(TrainingOption.Steps, 12))
        {
            Others = [new(photos[2..], "backpack")],
        };
        await engine.TrainAsync(training, learned, Stop);
        Assert.Equal(learned.Content, checkpoint);

        // Each object that the prompt names has a reference: the one chosen, or its first photo.
        string[] ids = [.. view["photos"]!.AsArray().Select(p => (string)p!["id"]!)];
        foreach (var (prompt, chosen, shown) in new (string, string[], int[])[]
        {
            ("a <1> and a <2>", [], [0, 2]),
            ("a <1> and a S2*", [ids[3]], [3, 0]),
            ("a <2>", [], [2]),
            ("a <2>", [ids[1], ids[4]], [1, 4]),
            ("a table", [], [0, 2]),
        })
        {
            var answer = await OkAsync(await host.Client.PostAsJsonAsync(
                "/images", new { concept, prompt, references = chosen, count = 1, seed = 3, samplingSteps = 2 }, Stop));
            var job = await host.EndAsync((string)answer["id"]!);
            var expected = Assert.Single(await engine.GenerateAsync(
                new GenerationRequest(
                    new("checkpoint", () => new MemoryStream(checkpoint, writable: false)), [.. shown.Select(i => photos[i])], prompt, [3])
                {
                    ReferenceObjects = [.. shown.Select(i => i < 2 ? 1 : 2)],
                    Options = OptionValues.None.With(SamplingOption.SamplingSteps, 2),
                }, new Silence(), Stop));
            Assert.Equal(expected.Png.ToArray(), await host.Client.GetByteArrayAsync($"/images/{job["images"]![0]}", Stop));
        }
    }

    [Fact]
    public async Task A_training_waits_until_every_object_has_photos()
    {
        var concept = await NewPairAsync();
        await UploadAsync(concept, 1, Sample(1));
        var problem = await ProblemAsync(await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps = 3 }, Stop),
            HttpStatusCode.Conflict, "not_possible_now");
        Assert.Contains("Object 2 ('backpack')", (string)problem["detail"]!, StringComparison.Ordinal);
        await UploadAsync(concept, 2, Sample(1, "backpack"));
        await host.TrainAsync(concept, 3);
    }

    [Fact]
    public async Task A_photo_shows_one_object_that_the_concept_has()
    {
        var concept = await NewPairAsync();
        await UploadAsync(concept, 1, Sample(1));
        foreach (var number in new[] { 0, 3 })
        {
            var none = await ProblemAsync(await SendAsync(concept, $"?object={number}", null, Sample(2)), HttpStatusCode.BadRequest,
                "invalid_field");
            Assert.Equal(("object", true), ((string?)none["field"], ((string)none["detail"]!).Contains("has 2", StringComparison.Ordinal)));
        }
        var other = await ProblemAsync(await SendAsync(concept, "?object=2", null, Sample(1), Sample(2)), HttpStatusCode.Conflict,
            "photo_of_another_object");
        Assert.Contains("object 1", (string)other["detail"]!, StringComparison.Ordinal);
        Assert.Single((await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray());
    }

    [Fact]
    public async Task The_limit_of_photos_is_each_objects_own()
    {
        var concept = await NewPairAsync();
        for (var number = 1; number <= 2; number++)
        {
            var photos = Enumerable.Range(0, 30).Select(i => Plain(number * 100 + i)).ToArray();
            Assert.Equal(30, (await UploadAsync(concept, number, photos))["photos"]!.AsArray().Count);
        }
        var problem = await ProblemAsync(await SendAsync(concept, "?object=2", null, Sample(1)), HttpStatusCode.UnprocessableEntity,
            "too_many_photos");
        Assert.StartsWith("Object 2 of the concept has 30 photos", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_came_with_photos_of_one_object_is_refused_for_another()
    {
        var concept = await NewPairAsync();
        await OkAsync(await SendAsync(concept, "?object=1", "the-key", Sample(1)));
        await OkAsync(await SendAsync(concept, "?object=1", "the-key", Sample(1)));
        await ProblemAsync(await SendAsync(concept, "?object=2", "the-key", Sample(1, "backpack")), HttpStatusCode.UnprocessableEntity,
            "idempotency_key_reused");
    }

    [Theory]
    [InlineData("""{"name":"a","initWord":"cat","objects":[{"initWord":"dog"}]}""", "invalid_field", "exclude each other")]
    [InlineData("""{"name":"a","objects":[]}""", "invalid_field", "0 objects; wanted 1 to 4")]
    [InlineData("""{"name":"a","objects":[{"initWord":"a"},{"initWord":"b"},{"initWord":"c"},{"initWord":"d"},{"initWord":"e"}]}""",
        "invalid_field", "5 objects; wanted 1 to 4")]
    [InlineData("""{"name":"a","objects":[{"initWord":"cat"},{"initWord":"two, words"}]}""", "invalid_field", "two, words")]
    [InlineData("""{"name":"a","objects":[null]}""", "invalid_field", "init word is ''")]
    [InlineData("""{"name":"a","objects":["cat"]}""", "invalid_json", "a list of objects with 'initWord'")]
    [InlineData("""{"name":"a","objects":[{"word":"cat"}]}""", "invalid_json", "a list of objects with 'initWord'")]
    public async Task Objects_that_cannot_be_used_are_said_by_name(string body, string code, string named)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var problem = await ProblemAsync(await host.Client.PostAsync("/concepts", content, Stop), HttpStatusCode.BadRequest, code);
        Assert.Contains(named, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_concept_has_as_many_objects_as_the_engine_learns_together() =>
        Assert.Equal(TrainingRequest.MaxObjects, ConceptSpec.MaxObjects);

    private async Task<string> NewPairAsync() => (string)(await OkAsync(await host.Client.PostAsJsonAsync(
        "/concepts", new { name = "Pair", objects = new[] { new { initWord = "teapot" }, new { initWord = "backpack" } } }, Stop)))["id"]!;

    private async Task<JsonNode> UploadAsync(string concept, int? number, params byte[][] photos) =>
        await OkAsync(await SendAsync(concept, number is null ? "" : $"?object={number}", null, photos));

    private async Task<HttpResponseMessage> SendAsync(string concept, string query, string? key, params byte[][] photos)
    {
        using var form = new MultipartFormDataContent();
        for (var i = 0; i < photos.Length; i++) form.Add(Photo(photos[i], "image/png"), "photos", $"{i}.png");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/concepts/{concept}/photos{query}") { Content = form };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await host.Client.SendAsync(request, Stop);
    }

    private static byte[] Plain(int shade) => ViCo.Pictures.PictureCodec.EncodePng(
        new(72, 72, [.. Enumerable.Range(0, 72 * 72 * 3).Select(i => (byte)(i * shade % 251))]));

    private sealed class Silence : IGenerationObserver
    {
        public void OnStep(int step, int steps)
        {
        }
    }

    private sealed class LastCheckpoint : ITrainingObserver
    {
        public byte[] Content { get; private set; } = [];

        public bool PauseRequested => false;

        public void OnStart(TrainingStart start)
        {
        }

        public void OnStep(TrainingStep step)
        {
        }

        public void OnWarning(string message)
        {
        }

        public void OnCheckpoint(int step, Action<Stream> write)
        {
            using var stream = new MemoryStream();
            write(stream);
            Content = stream.ToArray();
        }

        public void OnResumePoint(int step, Action<Stream> write)
        {
        }

        public void OnPreview(int step, ReadOnlyMemory<byte> png)
        {
        }
    }
}
