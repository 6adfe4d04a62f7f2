using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Two objects in one training and one picture: an S★ each, image blocks for both.</summary>
[Collection("tiny")]
public sealed class PairTests(TinyEngine tiny)
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.BatchSize, 2)
        .With(TrainingOption.CheckpointEvery, 100).With(TrainingOption.ResumeEvery, 100);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pair_is_one_file_with_two_embeddings_one_set_of_blocks_and_a_list_of_the_objects()
    {
        using var file = SafetensorsFile.FromBytes(await TrainedAsync(), "pair");
        Assert.Equal(82, file.Names.Count);
        Assert.Equal(["embedding.S1*", "embedding.S2*"], file.Names.Where(n => n.StartsWith("embedding", StringComparison.Ordinal))
            .Order());
        Assert.Equal("""["teapot","backpack"]""", file.Metadata["objects"]);
        Assert.Equal(["teapot", "backpack"], ConceptMetadata.FromEntries(file.Metadata).InitWords);
    }

    [Fact]
    public async Task A_single_objects_file_says_what_it_always_said()
    {
        using var file = SafetensorsFile.FromBytes(await tiny.TrainedAsync(), "single");
        Assert.Equal(["base_digest", "base_model", "format", "init_word", "method", "options", "step"], file.Metadata.Keys.Order());
        Assert.Equal("vico-concept-1", file.Metadata["format"]);
        Assert.Single(file.Names, n => n.StartsWith("embedding", StringComparison.Ordinal));
        Assert.Contains("embedding.*", file.Names);
    }

    [Theory]
    [InlineData("vico")]
    [InlineData("textual-inversion")]
    public async Task A_step_moves_the_S_of_the_objects_in_its_batch_and_of_no_other(string method)
    {
        // Batches of one: step 1 shows the teapot, step 2 the backpack.
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Pair(2, OptionValues.None.With(TrainingOption.BatchSize, 1)
            .With(TrainingOption.CheckpointEvery, 1).With(TrainingOption.Method, method)), recorder, Stop);
        var start = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Pair(1, OptionValues.None.With(TrainingOption.BatchSize, 2)
            .With(PlaceholderOption.EmbeddingLearningRate, 0).With(TrainingOption.Method, method)), start, Stop);
        var (before, first, second) = (Embeddings(start), Embeddings(recorder, 0), Embeddings(recorder, 1));

        Assert.NotEqual(before.Teapot, before.Backpack);
        Assert.NotEqual(before.Teapot, first.Teapot);
        Assert.Equal(before.Backpack, first.Backpack);
        Assert.Equal(first.Teapot, second.Teapot);
        Assert.NotEqual(first.Backpack, second.Backpack);

        static (float[] Teapot, float[] Backpack) Embeddings(Recorder recorder, int checkpoint = 0)
        {
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.FromBytes(recorder.Checkpoints[checkpoint].Bytes, "pair");
            return (file.Load("embedding.S1*").data<float>().ToArray(), file.Load("embedding.S2*").data<float>().ToArray());
        }
    }

    [Fact]
    public async Task Each_reference_is_masked_by_the_S_of_the_object_it_shows()
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0], Teapot.Backpack[0]],
            "a photo of <1> and <2>", [1]).With(SamplingOption.SamplingSteps, 3).With(SamplingOption.ImageGuidance, 6);
        var pair = await Rgb(request);
        // They take turns unless told; who stands in for whom changes the masks; the order of the references says nothing by itself.
        Assert.Equal(pair, await Rgb(request with { ReferenceObjects = [1, 2] }));
        Assert.NotEqual(pair, await Rgb(request with { ReferenceObjects = [2, 1] }));
        Near(pair, await Rgb(request with { References = [Teapot.Backpack[0], Teapot.Photos[0]], ReferenceObjects = [2, 1] }));
        // The two forms of a name are the same, and the words are two.
        Assert.Equal(pair, await Rgb(request with { Prompt = "a photo of S1* and S2*" }));
        Assert.NotEqual(pair, await Rgb(request with { Prompt = "a photo of <2> and <1>" }));
        // Cached features serve it as they serve a single object.
        Assert.Equal(pair, await Rgb(request with { CacheKey = "pair" }));
        Assert.Equal(pair, await Rgb(request with { CacheKey = "pair" }));
    }

    [Theory]
    [InlineData("<1> and S2*")]
    [InlineData("a photo of <1>", "object 2 (backpack): write <2> or S2*")]
    [InlineData("a photo of a *", "object 1 (teapot)", "object 2 (backpack)")]
    [InlineData("<teapot> and <2>", "object 1 (teapot)")]
    public async Task A_prompt_that_leaves_an_object_out_is_warned_of(string prompt, params string[] warnings)
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0], Teapot.Backpack[0]], prompt, [1])
            .With(SamplingOption.SamplingSteps, 1);
        var said = (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Warnings;
        Assert.Equal(warnings.Length, said.Count);
        foreach (var (wanted, found) in warnings.Zip(said)) Assert.Contains(wanted, found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_go_with_the_objects_is_said_by_name()
    {
        var request = new GenerationRequest((await TrainedAsync()).Stored(), [Teapot.Photos[0]], "<1> and <2>", [1])
            .With(SamplingOption.SamplingSteps, 1);
        var alone = (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0];
        Assert.Contains("No reference photo shows object 2 (backpack)", Assert.Single(alone.Warnings), StringComparison.Ordinal);
        Assert.Empty((await tiny.Engine.GenerateAsync(request with { Prompt = "<1>" }, new Recorder(), Stop))[0].Warnings);

        await Refused("shows object 3; wanted 1 to 2", request with { ReferenceObjects = [3] });
        await Refused("shows object 0; wanted 1 to 2", request with { ReferenceObjects = [0] });
        await Refused("2 ReferenceObjects for 1 references", request with { ReferenceObjects = [1, 2] });
        await Refused("shows object 2; wanted 1 to 1",
            request with { Checkpoint = (await tiny.TrainedAsync()).Stored(), ReferenceObjects = [2] });
        await RefusedTraining("0 photos of 'backpack'", Teapot.Pair(1) with { Others = [new([], "backpack")] });
        await RefusedTraining("5 objects; wanted 1 to 4",
            Teapot.Pair(1) with { Others = [.. Enumerable.Repeat(new TrainingObject(Teapot.Backpack, "bag"), 4)] });
        await RefusedTraining("Init word '' holds no word", Teapot.Pair(1) with { Others = [new(Teapot.Backpack, "")] });

        async Task Refused(string words, GenerationRequest asked) => Assert.Contains(
            words, (await Assert.ThrowsAsync<ArgumentException>(() => tiny.Engine.GenerateAsync(asked, new Recorder(), Stop))).Message,
            StringComparison.Ordinal);

        async Task RefusedTraining(string words, TrainingRequest asked) => Assert.Contains(
            words, (await Assert.ThrowsAsync<ArgumentException>(() => tiny.Engine.TrainAsync(asked, new Recorder(), Stop))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resume_point_fits_only_the_same_photos_of_the_same_objects()
    {
        var recorder = new Recorder();
        var pair = Teapot.Pair(2, Quick.With(TrainingOption.ResumeEvery, 1));
        await tiny.Engine.TrainAsync(pair, recorder, Stop);
        var resume = recorder.Resumes[0].Bytes;
        // The same four photos in the same order, one of them the other's; another init word; the first object alone with all photos.
        foreach (var other in new[]
        {
            pair with { Photos = [.. pair.Photos, pair.Others[0].Photos[0]], Others = [new([pair.Others[0].Photos[1]], "backpack")] },
            pair with { Others = [pair.Others[0] with { InitWord = "bag" }] },
            pair with { Photos = [.. pair.Photos, .. pair.Others[0].Photos], Others = [] },
        })
        {
            var refused = await Assert.ThrowsAsync<InvalidDataException>(() =>
                tiny.Engine.TrainAsync(other with { Resume = [resume.Stored()] }, new Recorder(), Stop));
            Assert.Contains("another training: ", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Training_and_sampling_leave_no_tensor_behind()
    {
        await RoundAsync();
        var before = await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await RoundAsync();
        Assert.Equal(before, await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));

        async Task RoundAsync()
        {
            var recorder = new Recorder();
            await tiny.Engine.TrainAsync(Teapot.Pair(2, Quick.With(TrainingOption.PreviewEvery, 2)), recorder, Stop);
            await tiny.Engine.GenerateAsync(
                new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0], Teapot.Backpack[0]], "<1> and <2>", [1])
                {
                    Options = OptionValues.None.With(SamplingOption.SamplingSteps, 2), CacheKey = "pair",
                }, recorder, Stop);
            // Two of each object side by side.
            Assert.Equal(4 * tiny.Engine.Info.ImageSize, PictureCodec.Identify(Assert.Single(recorder.Previews).Bytes, "preview").Width);
            await tiny.Engine.ForgetAsync();
        }
    }

    [Fact]
    public async Task The_probe_looks_for_the_object_that_the_caption_names()
    {
        var checkpoint = await TrainedAsync();
        var (teapot, backpack) = (await ProbeAsync("a photo of a <1>"), await ProbeAsync("a photo of a <2>"));
        Assert.NotEqual(teapot, backpack);

        async Task<IEnumerable<float>> ProbeAsync(string caption) =>
            (await tiny.Engine.AttendAsync(new(checkpoint.Stored(), [Teapot.Photos[0]], caption, [200]), Stop)).SelectMany(m => m.Map);
    }

    [Fact]
    public async Task Other_programs_formats_take_no_pair()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("vico-pair").FullName, "pair.safetensors");
        await File.WriteAllBytesAsync(path, await TrainedAsync(), Stop);
        var refused = Assert.Throws<InvalidDataException>(() =>
            ConceptConversion.Export([path], "diffusers", Path.ChangeExtension(path, ".bin")));
        Assert.Contains("several objects (teapot, backpack)", refused.Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private async Task<byte[]> TrainedAsync()
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Pair(2, Quick), recorder, Stop);
        return recorder.Checkpoints[^1].Bytes;
    }

    private async Task<byte[]> Rgb(GenerationRequest request) =>
        PictureCodec.Decode((await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Png, "picture").Rgb;

    /// <summary>Sums in another order round otherwise: at most one step of a byte.</summary>
    private static void Near(byte[] expected, byte[] actual) =>
        Assert.True(expected.Zip(actual).All(p => Math.Abs(p.First - p.Second) <= 1), "the pictures differ");
}
