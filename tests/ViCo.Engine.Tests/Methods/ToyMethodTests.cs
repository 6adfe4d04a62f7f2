using TorchSharp.Modules;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Methods;

/// <summary>
/// A method that the engine has never heard of, with a part and a loss of its own, through the public way: nothing but the list is told.
/// </summary>
[Collection("tiny")]
public sealed class ToyMethodTests(TinyEngine tiny)
{
    private static readonly OptionValues Quick = OptionValues.None.With(TrainingOption.Method, "toy").With(TrainingOption.BatchSize, 2)
        .With(VisualConditionOption.BlockLearningRate, 0.05).With(TrainingOption.CheckpointEvery, 100);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_engines_methods_are_those_whose_options_users_are_told_of() =>
        Assert.Equal(OptionCatalog.Default.Methods, KnownMethods.All.Select(m => m.Options));

    [Fact]
    public async Task A_method_added_to_the_list_trains_pauses_goes_on_is_stored_loaded_and_drawn()
    {
        await using var engine = await LoadAsync();
        var (whole, first, second) = (new Recorder(), new Recorder { PauseAt = 2 }, new Recorder());
        await engine.TrainAsync(Teapot.Training(4, Quick), whole, Stop);
        await engine.TrainAsync(Teapot.Training(4, Quick), first, Stop);
        await engine.TrainAsync(Teapot.Training(4, Quick) with { Resume = [first.Resumes[^1].Bytes.Stored("resume")] }, second, Stop);
        Assert.Equal(whole.Checkpoints[^1].Bytes, second.Checkpoints[^1].Bytes);
        Assert.All(whole.Steps, step =>
        {
            Assert.Equal(["noise", "size"], step.Terms.Select(t => t.Name));
            Assert.Equal(step.Term("noise")!.Value + 0.01 * step.Term("size")!.Value, step.Loss, 1e-6);
        });

        using (var file = SafetensorsFile.FromBytes(whole.Checkpoints[^1].Bytes, "checkpoint"))
            Assert.Equal(["down", "embedding.*", "up"], file.Names.Order(StringComparer.Ordinal));
        var checkpoint = whole.Checkpoints[^1].Bytes.Stored("toy");
        var drawn = await engine.GenerateAsync(new(checkpoint, [], "a photo of a *", [1]), new Recorder(), Stop);
        var plain = await engine.GenerateAsync(new(null, [], "a photo of a", [1]), new Recorder(), Stop);
        Assert.NotEqual(plain[0].Png.ToArray(), drawn[0].Png.ToArray());
    }

    [Fact]
    public async Task It_shares_passes_with_concepts_of_other_methods()
    {
        await using var engine = await LoadAsync();
        GenerationRequest[] requests =
        [
            new(await TrainedAsync(engine, Quick), [], "a photo of a *", [1]),
            new(await TrainedAsync(engine, Quick.With(TrainingOption.Method, "vico")), [Teapot.Photos[0]], "a photo of a *", [1]),
            new(await TrainedAsync(engine, Quick.With(TrainingOption.Seed, 9)), [], "a photo of a * in the snow", [2]),
        ];
        var together = await engine.GenerateAsync(requests, [.. requests.Select(_ => new Recorder())], Stop);
        for (var k = 0; k < requests.Length; k++)
        {
            var alone = await engine.GenerateAsync(requests[k], new Recorder(), Stop);
            Assert.True(Psnr.Of(alone[0], together[k][0]) > 50, $"{k}: {Psnr.Of(alone[0], together[k][0]):0.0} dB");
        }
    }

    [Fact]
    public async Task An_engine_without_it_says_which_methods_there_are()
    {
        await using var engine = await LoadAsync();
        var checkpoint = await TrainedAsync(engine, Quick);
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => tiny.Engine.GenerateAsync(new(checkpoint, [], "a *", [1]), new Recorder(), Stop));
        Assert.Contains("method 'toy'; this engine has: vico, textual-inversion", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => tiny.Engine.TrainAsync(Teapot.Training(1, Quick), new Recorder(), Stop));
    }

    private Task<TorchEngine> LoadAsync() =>
        TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet, [.. KnownMethods.All, new Toy()]);

    private static async Task<StoredFile> TrainedAsync(TorchEngine engine, OptionValues options)
    {
        var recorder = new Recorder();
        await engine.TrainAsync(Teapot.Training(2, options), recorder, Stop);
        return recorder.Checkpoints[^1].Bytes.Stored("trained");
    }

    /// <summary>S★ and one low-rank pair, which a second term of the loss keeps small.</summary>
    private sealed class Toy : IMethod
    {
        public MethodOptions Options { get; } = new("toy", "a pair in one layer", new OptionList([]));

        public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords) =>
            [PlaceholderRows.Of(model, options, initWords), new Pair(model, options.Get(VisualConditionOption.BlockLearningRate))];

        public LossTerms Loss(Adapted adapted, TrainingBatch batch)
        {
            using var scope = NewDisposeScope();
            var size = adapted.Concept.Part<Pair>()!.Up.square().mean();
            return new LossTerms([.. NoiseLoss.Of(adapted, batch), new("size", size, 0.01)]).MoveToOuterDisposeScope();
        }
    }

    private sealed class Pair : IPart, ILayerGuest
    {
        private readonly Projection _layer;
        private readonly Parameter _down;

        public Pair(BaseModel model, double learningRate)
        {
            LearningRate = learningRate;
            _layer = (Projection)model.UNet.named_modules()
                .First(m => m.name.EndsWith("mid_block.attentions.0.transformer_blocks.0.attn1.to_q", StringComparison.Ordinal)).module;
            _down = Zeros(2, _layer.Weight.shape[1]);
            Up = Zeros(_layer.Weight.shape[0], 2);
        }

        public Parameter Up { get; }

        public IReadOnlyList<(string Name, Parameter Parameter)> Tensors => [("down", _down), ("up", Up)];

        public double LearningRate { get; }

        public bool TouchesOtherTexts => true;

        public void Create(Generator random)
        {
            using var noGrad = no_grad();
            foreach (var parameter in new[] { _down, Up }) parameter.copy_(randn(parameter.shape, generator: random));
        }

        public void Fill(IWeightFile file)
        {
            using var noGrad = no_grad();
            foreach (var (name, parameter) in Tensors)
            {
                parameter.copy_(file.Load(name));
                parameter.requires_grad = false;
            }
        }

        public void Join(Adaptation pass, Share share) => pass.Join(_layer, share, this);

        public Tensor After(Tensor input, Tensor output) => output.Plus(matmul(matmul(input, _down.t()), Up.t()));

        public void Dispose()
        {
            _down.Dispose();
            Up.Dispose();
        }

        private static Parameter Zeros(params long[] shape) => (Parameter)Parameter(zeros(shape)).DetachFromDisposeScope();
    }
}
