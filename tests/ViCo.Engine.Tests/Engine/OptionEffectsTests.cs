using ViCo.Engine.Checkpoints;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Each option changes what it says and nothing else.</summary>
/// <remarks>Compared with one step of training at the usual options and a picture drawn with the result.</remarks>
[Collection("tiny")]
public sealed class OptionEffectsTests(TinyEngine tiny, OptionEffectsTests.Usually usually) : IClassFixture<OptionEffectsTests.Usually>
{
    /// <summary>What a training and a picture are compared by.</summary>
    [Flags]
    public enum Effect
    {
        None = 0,

        /// <summary>The noise loss.</summary>
        NoiseLoss = 1,

        /// <summary>The regulariser, before its weight.</summary>
        Regularization = 2,

        /// <summary>What is minimised.</summary>
        Loss = 4,

        /// <summary>S★ after the step.</summary>
        Embedding = 8,

        /// <summary>The image blocks after it: which there are, or their numbers.</summary>
        Blocks = 16,

        /// <summary>A picture drawn with the result. It shows every change of S★ and blocks.</summary>
        Picture = 32,

        Learned = Embedding | Blocks | Picture,

        All = NoiseLoss | Regularization | Loss | Learned,
    }

    /// <summary>Photos that are no squares: the ways to make them so differ.</summary>
    private static readonly IReadOnlyList<PhotoFile> Wide = [.. Teapot.Photos.Take(3).Select(UpperPart)];

    /// <summary>The regulariser weighs as much as the noise loss, so that its gradient shows.</summary>
    private static readonly OptionValues Usual = OptionValues.None.With(TrainingOption.BatchSize, 2)
        .With(VisualConditionOption.RegularizationWeight, 1).With(VisualConditionOption.BlockLearningRate, 1e-3);

    private static readonly Dictionary<string, (Effect Effect, OptionValues Options)> Trainings = new()
    {
        ["seed"] = (Effect.All, Usual.With(TrainingOption.Seed, 24)),
        ["batch size"] = (Effect.All, Usual.With(TrainingOption.BatchSize, 3)),
        ["rate of S*"] = (Effect.Embedding | Effect.Picture, Usual.With(PlaceholderOption.EmbeddingLearningRate, 1e-2)),
        ["rate of the blocks"] = (Effect.Blocks | Effect.Picture, Usual.With(VisualConditionOption.BlockLearningRate, 2e-3)),
        // The regulariser looks at the reference path, which holds no image blocks.
        ["weight of the regulariser"] = (Effect.Loss | Effect.Embedding | Effect.Picture, Usual
            .With(VisualConditionOption.RegularizationWeight, 0.1)),
        ["weight decay"] = (Effect.Learned, Usual.With(TrainingOption.WeightDecay, 10)),
        ["half precision"] = (Effect.Learned, Usual.With(TrainingOption.Half, true)),
        ["method"] = (Effect.All, Usual.With(TrainingOption.Method, "textual-inversion")),
        ["token merging"] = (Effect.All, Usual.With(TrainingOption.TokenMerging, 0.5)),
        ["steps"] = (Effect.None, Usual.With(TrainingOption.Steps, 2).With(TrainingOption.CheckpointEvery, 1)),
        ["checkpoints"] = (Effect.None, Usual.With(TrainingOption.CheckpointEvery, 1)),
        ["resume points"] = (Effect.None, Usual.With(TrainingOption.ResumeEvery, 1)),
        ["previews"] = (Effect.None, Usual.With(TrainingOption.PreviewEvery, 1)),
        ["mask"] = (Effect.NoiseLoss | Effect.Loss | Effect.Learned, Usual.With(VisualConditionOption.Mask, "post_softmax")),
        ["reduction of the regulariser"] =
            (Effect.Regularization | Effect.Loss | Effect.Embedding | Effect.Picture,
                Usual.With(VisualConditionOption.RegularizationReduction, "sum")),
        ["gradient of the end of text"] = (Effect.Embedding | Effect.Picture, Usual.With(VisualConditionOption.DetachEndOfText, false)),
        ["order of targets"] = (Effect.All, Usual.With(TrainingOption.TargetOrder, "sequential")),
        ["squash"] = (Effect.All, Usual.With(TrainingOption.Resize, "squash")),
        ["letterbox"] = (Effect.All, Usual.With(TrainingOption.Resize, "letterbox")),
        ["flip"] = (Effect.All, Usual.With(TrainingOption.Flip, 1)),
        ["bins of the mask"] = (Effect.NoiseLoss | Effect.Loss | Effect.Learned, Usual.With(VisualConditionOption.OtsuBins, 2)),
        ["exact threshold of the mask"] = (Effect.NoiseLoss | Effect.Loss | Effect.Learned, Usual.With(VisualConditionOption.OtsuBins, 0)),
        ["layers"] = (Effect.All, Usual.With(VisualConditionOption.Layers, [9, 15])),
        ["start of the blocks"] =
            (Effect.NoiseLoss | Effect.Loss | Effect.Learned, Usual.With(VisualConditionOption.BlockInitialization, "zero_output")),
        ["captions"] = (Effect.All, Usual.With(TrainingOption.Captions, "photo")),
        ["image in the unconditional half"] = (Effect.Picture, Usual.With(VisualConditionOption.ImageInUnconditional, false)),
        ["column of the unconditional half"] = (Effect.Picture, Usual.With(VisualConditionOption.UnconditionalPlaceholder, "end_of_text")),
        ["rate of S* by the batch"] = (Effect.Embedding | Effect.Picture, Usual.With(PlaceholderOption.ScaleEmbeddingLearningRate, true)),
    };

    private static readonly GenerationRequest Drawing =
        new GenerationRequest(null, [Wide[0]], "a photo of a *", [1]).With(SamplingOption.SamplingSteps, 3)
            .With(SamplingOption.PublishedGuidance, true);

    /// <summary>What changes about a picture's own words, beside the picture itself.</summary>
    private static readonly Dictionary<string, (string[] Words, Func<GenerationRequest, GenerationRequest> Change)> Drawings = new()
    {
        ["prompt"] = (["prompt"], r => r with { Prompt = "a photo of a * on the beach" }),
        ["negative prompt"] = (["negativePrompt"], r => r.With(SamplingOption.NegativePrompt, "snow")),
        ["seed"] = (["seed"], r => r with { Seeds = [2] }),
        ["reference"] = (["reference_digest"], r => r with { References = [Wide[1]] }),
        ["steps"] = (["samplingSteps"], r => r.With(SamplingOption.SamplingSteps, 4)),
        ["guidance"] = (["guidance"], r => r.With(SamplingOption.Guidance, 3)),
        ["image guidance"] = (["publishedGuidance", "imageGuidance"], r => r.With(SamplingOption.PublishedGuidance, false)
            .With(SamplingOption.ImageGuidance, 3)),
        ["the base model's guidance"] = (["publishedGuidance", "imageGuidance"], r => r.With(SamplingOption.PublishedGuidance, false)),
        ["sampler"] = (["sampler"], r => r.With(SamplingOption.Sampler, "euler")),
        ["spacing"] = (["spacing"], r => r.With(SamplingOption.Spacing, "trailing")),
        ["eta"] = (["eta"], r => r.With(SamplingOption.Eta, 1)),
        ["token merging"] = (["tokenMerging"], r => r.With(TrainingOption.TokenMerging, 0.5)),
        ["width"] = (["width"], r => r.With(SamplingOption.Width, 32)),
        ["height"] = (["height"], r => r.With(SamplingOption.Height, 32)),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> OptionsOfTraining() => [.. Trainings.Keys];

    public static TheoryData<string> OptionsOfDrawing() => [.. Drawings.Keys];

    [Fact]
    public void No_option_is_left_out()
    {
        var training = Trainings.Values.SelectMany(t => t.Options.Pairs).Select(p => p.Key).Concat(MethodOptionTests.Names);
        Assert.Empty(OptionCatalog.Default.Training.Select(o => o.Name).Except(training));
        // Count and seed say which requests there are: a seed each. Whether passes are shared shows where several draw: StrangersTests.
        var request = Drawing with { Seeds = [1] };
        var drawing = Drawings.Values.SelectMany(d => d.Change(request).Options.Pairs).Select(p => p.Key);
        Assert.Empty(OptionCatalog.Default.Sampling.Select(o => o.Name).Except(drawing)
            .Except([SamplingOption.Count.Name, SamplingOption.Seed.Name, SamplingOption.Reproducible.Name]));
    }

    [Theory]
    [MemberData(nameof(OptionsOfTraining))]
    public async Task An_option_of_training_changes_what_it_says_and_nothing_else(string option)
    {
        var (wanted, options) = Trainings[option];
        Assert.Equal(wanted, usually.Training.Differences(await Outcome.OfAsync(tiny.Engine, options)));
    }

    [Theory]
    [MemberData(nameof(OptionsOfDrawing))]
    public async Task An_option_of_drawing_changes_the_picture_and_its_own_word_in_it(string option)
    {
        var (words, change) = Drawings[option];
        var request = Drawing with { Checkpoint = (await tiny.TrainedAsync()).Stored() };
        var (usual, other) = (usually.Picture, await DrawAsync(change(request)));

        Assert.NotEqual(Decoded(usual), Decoded(other));
        Assert.Equal(words, Words(usual).Except(Words(other)).Concat(Words(other).Except(Words(usual))).Select(w => w.Keyword).Distinct());

        static IEnumerable<PictureText> Words(byte[] png) => PictureText.Read(png);

        static string Decoded(byte[] png)
        {
            var picture = PictureCodec.Decode(png, "picture");
            return $"{picture.Width} × {picture.Height} {Convert.ToBase64String(picture.Rgb)}";
        }
    }

    [Fact]
    public async Task A_training_with_every_default_said_aloud_is_the_same_training()
    {
        await using var paper = await tiny.LoadWithAsync("{}");
        var silent = OptionValues.None.With(TrainingOption.Steps, 2);
        var aloud = silent.Over(SaidAloud(OptionCatalog.Default.Training));
        var (one, other) = (new Recorder(), new Recorder());
        await paper.TrainAsync(new(Wide, "teapot", silent), one, Stop);
        await paper.TrainAsync(new(Wide, "teapot", aloud), other, Stop);

        Assert.Equal(one.Start!.OptionsJson, other.Start!.OptionsJson);
        Assert.Equal(one.Checkpoints[^1].Bytes, other.Checkpoints[^1].Bytes);
    }

    [Fact]
    public async Task A_picture_with_every_default_said_aloud_is_the_same_picture()
    {
        var silent = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Wide[0]], "a photo of a *", [1]);
        var defaults = tiny.Engine.Info.Sampling.Over(SaidAloud(OptionCatalog.Default.Sampling));
        var aloud = (silent with { ReferenceObjects = [1], Options = defaults })
            .With(SamplingOption.Width, 16).With(SamplingOption.Height, 16);
        Assert.Equal(await DrawAsync(silent), await DrawAsync(aloud));
    }

    [Theory]
    [InlineData("all", "photo")]
    [InlineData("photo", "all")]
    public async Task Captions_are_those_of_the_base_model_unless_the_user_chooses(string own, string other)
    {
        await using var engine = await tiny.LoadWithAsync($$"""{ "training": { "captions": "{{own}}" } }""");
        var silent = await Outcome.OfAsync(engine, Usual);

        Assert.Equal(Effect.None, silent.Differences(await Outcome.OfAsync(engine, Usual.With(TrainingOption.Captions, own))));
        Assert.Equal(Effect.All, silent.Differences(await Outcome.OfAsync(engine, Usual.With(TrainingOption.Captions, other))));
    }

    [Fact]
    public async Task The_end_of_an_empty_prompt_stands_in_the_first_column_and_so_does_a_prompt_of_S_alone()
    {
        var same = usually.Training;
        var end = await Outcome.OfAsync(tiny.Engine, Usual.With(VisualConditionOption.UnconditionalPlaceholder, "end_of_text"));

        Assert.Equal(await same.DrawAsync("*"), await end.DrawAsync("*"));
        Assert.NotEqual(await same.DrawAsync("a *"), await end.DrawAsync("a *"));
    }

    [Fact]
    public async Task Blocks_that_start_with_output_zero_leave_the_loss_of_textual_inversion()
    {
        var zero = await Outcome.OfAsync(tiny.Engine, Usual.With(VisualConditionOption.BlockInitialization, "zero_output"));
        var plain = await Outcome.OfAsync(tiny.Engine, Usual.With(TrainingOption.Method, "textual-inversion"));

        Assert.Equal(plain.First.Term("noise")!.Value, zero.First.Term("noise")!.Value, 1e-5);
        Assert.Equal((null, plain.First.Loss), (plain.First.Term("end-of-text"), plain.First.Term("noise")));
    }

    /// <summary>Every option that has a default, with it.</summary>
    private static OptionValues SaidAloud(OptionList list) => list.Where(option => option.Fallback is not null)
        .Aggregate(OptionValues.None, (values, option) => values.With(option.Name, option.Fallback!));

    private async Task<byte[]> DrawAsync(GenerationRequest request) =>
        (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Png.ToArray();

    private static PhotoFile UpperPart(PhotoFile photo)
    {
        var picture = PictureCodec.Decode(photo.Content, photo.Name);
        var height = picture.Height * 3 / 4;
        return new(photo.Name, PictureCodec.EncodePng(new(picture.Width, height, picture.Rgb[..(3 * picture.Width * height)])));
    }

    /// <summary>What comes out with every option as usual, once for all tests.</summary>
    public sealed class Usually(TinyEngine tiny) : IAsyncLifetime
    {
        internal Outcome Training { get; private set; } = null!;

        internal byte[] Picture { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Training = await Outcome.OfAsync(tiny.Engine, Usual);
            var request = Drawing with { Checkpoint = (await tiny.TrainedAsync()).Stored() };
            Picture = (await tiny.Engine.GenerateAsync(request, new Recorder(), Stop))[0].Png.ToArray();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>What came of a step of training.</summary>
    internal sealed class Outcome
    {
        private readonly TorchEngine _engine;
        private readonly byte[] _checkpoint, _embedding;
        private readonly string _blocks;
        private readonly byte[] _picture;

        private Outcome(TorchEngine engine, TrainingStep first, byte[] checkpoint, byte[] picture)
        {
            (_engine, First, _checkpoint, _picture) = (engine, first, checkpoint, picture);
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.FromBytes(checkpoint, "checkpoint");
            _embedding = Bytes(file.Load("embedding.*"));
            _blocks = string.Join('\n', file.Names.Where(n => n != "embedding.*").Order(StringComparer.Ordinal)
                .Select(n => $"{n} {Convert.ToBase64String(Bytes(file.Load(n)))}"));

            static byte[] Bytes(Tensor tensor) => tensor.bytes.ToArray();
        }

        public TrainingStep First { get; }

        public static async Task<Outcome> OfAsync(TorchEngine engine, OptionValues options)
        {
            var recorder = new Recorder();
            var one = options.Over(OptionValues.None.With(TrainingOption.Steps, 1).With(TrainingOption.PreviewEvery, 0));
            await engine.TrainAsync(new(Wide, "teapot", one), recorder, Stop);
            var checkpoint = recorder.Checkpoints[0].Bytes;
            return new(engine, recorder.Steps[0], checkpoint, await DrawAsync(engine, checkpoint, "a photo of a *"));
        }

        public Task<byte[]> DrawAsync(string prompt) => DrawAsync(_engine, _checkpoint, prompt);

        public Effect Differences(Outcome other) =>
            (First.Term("noise") != other.First.Term("noise") ? Effect.NoiseLoss : 0)
            | (First.Term("end-of-text") != other.First.Term("end-of-text") ? Effect.Regularization : 0)
            | (First.Loss != other.First.Loss ? Effect.Loss : 0)
            | (!_embedding.SequenceEqual(other._embedding) ? Effect.Embedding : 0)
            | (_blocks != other._blocks ? Effect.Blocks : 0)
            | (!_picture.SequenceEqual(other._picture) ? Effect.Picture : 0);

        private static async Task<byte[]> DrawAsync(TorchEngine engine, byte[] checkpoint, string prompt)
        {
            var pictures = await engine.GenerateAsync(Drawing with { Checkpoint = checkpoint.Stored(), Prompt = prompt }, new Recorder(),
                Stop);
            return PictureCodec.Decode(pictures[0].Png, "picture").Rgb;
        }
    }
}
