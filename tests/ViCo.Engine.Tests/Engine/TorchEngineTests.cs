using System.Text;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Models.Files;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

[Collection("tiny")]
public sealed class TorchEngineTests(TinyEngine tiny)
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.BatchSize, 2)
        .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.ResumeEvery, 100);

    private TorchEngine Engine => tiny.Engine;

    [Fact]
    public async Task A_training_paused_and_resumed_ends_bit_by_bit_where_an_uninterrupted_one_does()
    {
        var (whole, first, second) = (new Recorder(), new Recorder { PauseAt = 3 }, new Recorder());
        await Engine.TrainAsync(Teapot.Training(6, Quick), whole, Stop);
        var paused = await Engine.TrainAsync(Teapot.Training(6, Quick), first, Stop);
        await using var other = await tiny.LoadAnotherAsync();
        var finished = await other.TrainAsync(Teapot.Training(6, Quick) with { Resume = [first.Resumes[^1].Bytes.Stored()] }, second, Stop);

        Assert.Equal(new(Completed: false, 3), paused);
        Assert.Equal(new(Completed: true, 6), finished);
        Assert.Equal(3, second.Start!.FirstStep);
        Assert.Equal(whole.Steps.Select(s => s.Loss), first.Steps.Concat(second.Steps).Select(s => s.Loss));
        Assert.Equal(whole.Checkpoints[^1].Bytes, second.Checkpoints[^1].Bytes);
    }

    [Fact]
    public async Task A_checkpoint_holds_S_and_the_80_block_tensors_under_upstreams_names()
    {
        using var file = SafetensorsFile.FromBytes(await TrainedAsync(), "checkpoint");
        var metadata = ConceptMetadata.FromEntries(file.Metadata);

        Assert.Equal(81, file.Names.Count);
        Assert.Contains("embedding.*", file.Names);
        foreach (var block in new[] { 4, 6, 8, 10 })
            Assert.Equal(20, file.Names.Count(n =>
                n.StartsWith($"diffusion_model.output_blocks.{block}.1.image_cross_attention.", StringComparison.Ordinal)));
        Assert.Equal((Engine.Info.BaseDigest, "vico", 2, "teapot"),
            (metadata.BaseDigest, metadata.Method, metadata.Step, metadata.InitWord));
    }

    [Fact]
    public async Task The_same_request_twice_gives_the_same_bytes_cached_or_not()
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * on the beach", [7, 8])
            .With(SamplingOption.SamplingSteps, 4);
        var uncached = await Engine.GenerateAsync(request, new Recorder(), Stop);
        var cold = await Engine.GenerateAsync(request with { CacheKey = "concept" }, new Recorder(), Stop);
        var warm = await Engine.GenerateAsync(request with { CacheKey = "concept" }, new Recorder(), Stop);
        await using var other = await tiny.LoadAnotherAsync();
        var elsewhere = await other.GenerateAsync(request, new Recorder(), Stop);

        Assert.NotEqual(uncached[0].Png, uncached[1].Png);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(uncached[i].Png, cold[i].Png);
            Assert.Equal(uncached[i].Png, warm[i].Png);
            Assert.Equal(uncached[i].Png, elsewhere[i].Png);
        }
    }

    [Theory]
    [InlineData("ddim", "leading", 0.5)]
    [InlineData("plms", "ldm", 0)]
    [InlineData("dpmpp-2m", "karras", 0)]
    [InlineData("euler", "linspace", 0)]                    // its timesteps lie between whole ones
    [InlineData("euler-a", "trailing", 0)]
    public async Task Two_pictures_together_equal_two_alone_whatever_the_sampler(string sampler, string spacing, double eta)
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * in the snow", [1, 2])
        {
            Options = OptionValues.None.With(SamplingOption.SamplingSteps, 5).With(SamplingOption.Sampler, sampler)
                .With(SamplingOption.Spacing, spacing),
            CacheKey = "concept",
        }
            .With(SamplingOption.Eta, eta);
        var recorder = new Recorder();
        var together = await Engine.GenerateAsync(request, recorder, Stop);
        var again = await Engine.GenerateAsync(request with { CacheKey = null }, new Recorder(), Stop);

        Assert.Equal([1, 2, 3, 4, 5], recorder.DenoisingSteps);
        Assert.Equal(together.Select(p => p.Png.ToArray()), again.Select(p => p.Png.ToArray()));
        Assert.Equal(2, together.Select(p => Convert.ToBase64String(p.Png.Span)).Distinct().Count());
        var text = PictureText.Read(together[0].Png.Span).ToLookup(t => t.Keyword, t => t.Text);
        Assert.Equal((sampler, spacing), (text["sampler"].Single(), text["spacing"].Single()));
        foreach (var picture in together)
        {
            var alone = await Engine.GenerateAsync(request with { Seeds = [picture.Seed] }, new Recorder(), Stop);
            var (a, b) = (PictureCodec.Decode(picture.Png, "together"), PictureCodec.Decode(alone[0].Png, "alone"));
            // Matrix products of another size round otherwise: at most one step of a byte.
            Assert.True(a.Rgb.Zip(b.Rgb).All(p => Math.Abs(p.First - p.Second) <= 1), $"seed {picture.Seed} differs");
        }
    }

    [Fact]
    public async Task Another_reference_concept_or_seed_gives_another_picture()
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 3);
        var pictures = new List<byte[]>();
        foreach (var variant in new[]
        {
            request, request with { References = [Teapot.Photos[1]] }, request with { References = [Teapot.Photos[0], Teapot.Photos[1]] },
            request with { References = [] }, request with { Seeds = [2] }, request.With(SamplingOption.Guidance, 1),
            request.With(SamplingOption.ImageGuidance, 3), request.With(SamplingOption.PublishedGuidance, true),
        })
            pictures.Add((await Engine.GenerateAsync(variant, new Recorder(), Stop))[0].Png.ToArray());

        Assert.Equal(pictures.Count, pictures.Select(Convert.ToBase64String).Distinct().Count());
    }

    [Fact]
    public async Task Image_guidance_equal_to_the_texts_is_the_image_in_the_conditional_half_alone_and_0_leaves_it_out()
    {
        var recorder = new Recorder();
        await Engine.TrainAsync(
            Teapot.Training(2, Quick.With(VisualConditionOption.ImageInUnconditional, false)
                .With(VisualConditionOption.BlockInitialization, "default")), recorder, Stop);
        var request = new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
            .With(SamplingOption.SamplingSteps, 3).With(SamplingOption.Guidance, 4);

        Assert.Equal(await Rgb(request.With(SamplingOption.PublishedGuidance, true)), await Rgb(request
            .With(SamplingOption.ImageGuidance, 4)));
        Assert.Equal(await Rgb(request with { References = [] }), await Rgb(request.With(SamplingOption.ImageGuidance, 0)));
        Assert.NotEqual(await Rgb(request.With(SamplingOption.ImageGuidance, 4)), await Rgb(request.With(SamplingOption.ImageGuidance, 0)));
        var both = await Assert.ThrowsAsync<ArgumentException>(() =>
            Rgb(request.With(SamplingOption.PublishedGuidance, true).With(SamplingOption.ImageGuidance, 1)));
        Assert.Contains("one of them", both.Message, StringComparison.Ordinal);

        async Task<byte[]> Rgb(GenerationRequest asked) =>
            PictureCodec.Decode((await Engine.GenerateAsync(asked, new Recorder(), Stop))[0].Png, "picture").Rgb;
    }

    [Fact]
    public async Task A_picture_says_what_made_it_and_a_prompt_without_placeholder_is_warned_of()
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a teapot", [5])
            .With(SamplingOption.SamplingSteps, 2);
        var picture = (await Engine.GenerateAsync(request, new Recorder(), Stop))[0];
        var text = PictureText.Read(picture.Png.Span).ToLookup(t => t.Keyword, t => t.Text);

        Assert.Contains("placeholder", Assert.Single(picture.Warnings), StringComparison.Ordinal);
        Assert.Equal("a photo of a teapot", text["prompt"].Single());
        Assert.Equal("5", text["seed"].Single());
        Assert.Equal(Engine.Info.BaseDigest, text["base_digest"].Single());
    }

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    public async Task Training_and_sampling_leave_no_tensor_behind(string method)
    {
        await RoundAsync();
        var before = await Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await RoundAsync();
        Assert.Equal(before, await Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));

        async Task RoundAsync()
        {
            var recorder = new Recorder();
            await Engine.TrainAsync(Teapot.Training(2, Quick.With(TrainingOption.Method, method).With(TrainingOption.PreviewEvery, 2)
                .With(TrainingOption.Seed, 5)), recorder, Stop);
            await Engine.GenerateAsync(new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a *", [1])
                .With(SamplingOption.SamplingSteps, 2), recorder,
                Stop);
            Assert.Single(recorder.Previews);
            // The engine keeps the two newest concepts and bounded reference features: let both hold the same as before.
            await Engine.ForgetAsync();
        }
    }

    [Fact]
    public async Task A_cancelled_training_ends_between_steps_and_leaves_no_tensor_behind()
    {
        await tiny.TrainedAsync();                              // an engine keeps the modules of its first concept, without numbers
        await Engine.ForgetAsync();
        var before = await Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var source = new CancellationTokenSource();
        var recorder = new Recorder { OnEachStep = step => { if (step == 2) source.Cancel(); } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Engine.TrainAsync(Teapot.Training(9, Quick), recorder, source.Token));
        Assert.Equal(2, recorder.Steps.Count);
        Assert.Equal(before, await Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));
    }

    [Fact]
    public async Task Requests_that_cannot_be_served_say_why()
    {
        var recorder = new Recorder();
        await Engine.TrainAsync(Teapot.Training(1, Quick.With(TrainingOption.ResumeEvery, 1)), recorder, Stop);
        var resume = recorder.Resumes[^1].Bytes;

        var foreign = await Assert.ThrowsAsync<InvalidDataException>(() => Engine.TrainAsync(
            Teapot.Training(1, Quick.With(TrainingOption.ResumeEvery, 1)
                .With(TrainingOption.Seed, 99)) with { Resume = [resume.Stored()] }, new Recorder(), Stop));
        var word = await Assert.ThrowsAsync<ArgumentException>(() => Engine.TrainAsync(
            Teapot.Training(1, Quick) with { InitWord = " " }, new Recorder(), Stop));
        var photo = await Assert.ThrowsAsync<InvalidDataException>(() => Engine.TrainAsync(
            Teapot.Training(1, Quick) with { Photos = [new("notes.png", Encoding.UTF8.GetBytes("no picture"))] }, new Recorder(), Stop));
        var layer = await Assert.ThrowsAsync<ArgumentException>(() => Engine.TrainAsync(
            Teapot.Training(1, Quick.With(VisualConditionOption.Layers, [3])), new Recorder(), Stop));

        Assert.Contains("seed is 99, and was 23", foreign.Message, StringComparison.Ordinal);
        Assert.Contains("' ' holds no word", word.Message, StringComparison.Ordinal);
        Assert.Contains("notes.png", photo.Message, StringComparison.Ordinal);
        Assert.Contains("7, 8, 9, 10, 11, 12, 13, 14, 15", layer.Message, StringComparison.Ordinal);

        var sampler = await Assert.ThrowsAsync<ArgumentException>(() => Engine.GenerateAsync(
            new GenerationRequest(null, [], "a teapot", [1]).With(SamplingOption.Sampler, "heun"), new Recorder(), Stop));
        var steps = await Assert.ThrowsAsync<ArgumentException>(() => Engine.GenerateAsync(
            new GenerationRequest(null, [], "a teapot", [1]).With(SamplingOption.Sampler, "dpmpp-2m")
                .With(SamplingOption.Spacing, "leading").With(SamplingOption.SamplingSteps, 1000), new Recorder(), Stop));
        Assert.Contains("ddim, plms, dpmpp-2m, euler, euler-a", sampler.Message, StringComparison.Ordinal);
        Assert.Contains("wanted fewer steps", steps.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_init_word_of_several_tokens_starts_S_from_their_mean_and_is_warned_of()
    {
        var recorder = new Recorder();
        await Engine.TrainAsync(Teapot.Training(1, Quick
            .With(PlaceholderOption.EmbeddingLearningRate, 0)) with { InitWord = "teddy bear" }, recorder,
            Stop);
        Assert.Contains("'teddy bear'", Assert.Single(recorder.Start!.Warnings), StringComparison.Ordinal);

        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(recorder.Checkpoints[^1].Bytes, "checkpoint");
        using var table = SafetensorsFile.Open(Repository.PathOf("models", "toybox", "text_encoder", "model.safetensors"));
        using var model = BaseModelFiles.Open(Repository.PathOf("models", "toybox"));
        var words = table.Load("text_model.embeddings.token_embedding.weight").to(ScalarType.Float32)
            .index_select(0, tensor([.. model.LoadTokenizer().Tokenize("teddy bear").Select(id => (long)id)]));
        Assert.Equal(2, words.shape[0]);
        Assert.Equal(words.mean([0]).data<float>().ToArray(), file.Load("embedding.*").flatten().data<float>().ToArray());
    }

    [Theory]
    [InlineData(1, "One photo is target and reference at once")]
    [InlineData(2, "Two photos")]
    [InlineData(3, null)]
    public async Task Few_photos_are_allowed_and_warned_of(int photos, string? warning)
    {
        var recorder = new Recorder();
        await Engine.TrainAsync(Teapot.Training(1, Quick) with { Photos = [.. Teapot.Photos.Take(photos)], InitWord = "object" }, recorder,
            Stop);
        if (warning is null) Assert.Empty(recorder.Start!.Warnings);
        else Assert.Contains(warning, Assert.Single(recorder.Start!.Warnings), StringComparison.Ordinal);

        var picture = await Engine.GenerateAsync(
            new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[5]], "a *", [1])
                .With(SamplingOption.SamplingSteps, 1),
            recorder, Stop);
        Assert.Empty(picture[0].Warnings);
    }

    [Fact]
    public async Task The_regularisation_weight_is_the_users()
    {
        foreach (var weight in new[] { 0, 0.25 })
        {
            var recorder = new Recorder();
            await Engine.TrainAsync(Teapot.Training(1, Quick.With(VisualConditionOption.RegularizationWeight, weight)), recorder, Stop);
            var step = Assert.Single(recorder.Steps);
            Assert.True(step.Term("end-of-text") > 0);
            Assert.Equal(step.Term("noise")!.Value + weight * step.Term("end-of-text")!.Value, step.Loss, 1e-6);
        }
    }

    [Theory]
    [InlineData("a photo of a teapot", "no placeholder")]
    [InlineData("a photo of a S* on the beach", null)]
    [InlineData("a photo of a <teapot>, close up", null)]
    public async Task Prompts_name_the_object_as_star_or_by_a_name(string prompt, string? warning)
    {
        var picture = (await Engine.GenerateAsync(new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], prompt, [5])
            .With(SamplingOption.SamplingSteps, 1),
            new Recorder(), Stop))[0];
        if (warning is null) Assert.Empty(picture.Warnings);
        else Assert.Contains(warning, Assert.Single(picture.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_probe_gives_a_map_and_a_mask_for_each_layer_and_timestep()
    {
        var maps = await Engine.AttendAsync(new((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a *", [1, 400]), Stop);

        Assert.Equal([8, 10, 12, 14, 8, 10, 12, 14], maps.Select(m => m.Layer));
        Assert.Equal([2, 4, 4, 8], maps.Take(4).Select(m => m.Width));
        Assert.All(maps, m => Assert.Equal(m.Width * m.Height, m.Map.Count));
        Assert.All(maps, m => Assert.InRange(m.Mask.Count(b => b == 1), 1, m.Mask.Count - 1));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<byte[]> TrainedAsync() => tiny.TrainedAsync();
}
