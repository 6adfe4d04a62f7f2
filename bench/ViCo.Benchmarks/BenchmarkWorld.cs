using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Benchmarks;

/// <summary>What benchmarks work on: a base model, photos of its size, and an untrained concept. Owns its tensors.</summary>
internal sealed class BenchmarkWorld : IDisposable
{
    private const double MergedTokens = 0.5;

    private BenchmarkWorld(BaseModel model, IReadOnlyList<Picture> photos, TrainingOptions options) =>
        (Model, Photos, Options, Concept) =
            (model, photos, options, Concept.Create(model, MethodOf(options), options, ["object"]));

    public BaseModel Model { get; }

    public IReadOnlyList<Picture> Photos { get; }

    /// <summary>Learning rates are 0: each path meets the weights that the one before it met, so that numbers can be compared.</summary>
    public TrainingOptions Options { get; }

    public Concept Concept { get; }

    /// <summary>The concept's image blocks.</summary>
    public ImageCrossAttention Blocks => Concept.Part<ImageBlocks>()!.Modules;

    /// <summary>The loss as the engine computes it.</summary>
    public LossTerms Loss(TrainingBatch batch) => MethodOf(Options).Loss(new(Model, Concept), batch);

    /// <summary>The same with an approximation each, under the names of their paths; they live as long as this.</summary>
    public IReadOnlyList<(string Name, BenchmarkWorld World)> Approximate { get; private set; } = [];

    /// <param name="modelFolder">Where the model is, be it the setup's own or a temporary one.</param>
    /// <param name="batch">Samples per training step.</param>
    public static BenchmarkWorld Load(string modelFolder, BenchmarkSetup setup, int batch)
    {
        var (photos, also, device) = (setup.Photos, setup.Also, ComputeDevice.Of(setup.Device));
        var model = BaseModel.Load(modelFolder, device, InSingleVae(Precision.TypeOf(setup.Precision)));
        var options = TrainingOptions.From(model.Defaults,
            OptionValues.None.With(TrainingOption.BatchSize, batch).With(PlaceholderOption.EmbeddingLearningRate, 0)
                .With(VisualConditionOption.BlockLearningRate, 0)
                // Blocks that start as the identity would hide what goes wrong inside them.
                .With(VisualConditionOption.BlockInitialization, "default"));
        var world = new BenchmarkWorld(model, [.. photos.Select(photo => PhotoTensor.Square(photo, model.ImageSize, options.Values))],
            options);
        if (also.HasFlag(Approximations.BFloat16))
            world.Add("all, bf16", new(BaseModel.Load(modelFolder, device, InSingleVae(ScalarType.BFloat16)), world.Photos, options));
        if (also.HasFlag(Approximations.ChannelsLast))
            world.Add("all, channels last", new(WithChannelsLast(BaseModel.Load(modelFolder, device)), world.Photos, options));
        if (also.HasFlag(Approximations.TokenMerging))
            world.Add(FormattableString.Invariant($"all, tokens merged {MergedTokens}"),
                new(model, world.Photos, options.With(TrainingOption.TokenMerging, MergedTokens)));
        return world;
    }

    /// <summary>
    /// Stores the concept as a loaded one is, its linear layers in the networks' number type. For drawing; it cannot be trained afterwards.
    /// </summary>
    public void FreezeConcept()
    {
        if (Model.UNet.DType != ScalarType.Float32) Blocks.StoreLinearLayersAs(Model.UNet.DType);
    }

    private static NumberTypes InSingleVae(ScalarType networks) => NumberTypes.Single with { Networks = networks };

    internal static IMethod MethodOf(TrainingOptions options) => KnownMethods.All.Named(options.Get(TrainingOption.Method));

    public void Dispose()
    {
        foreach (var (_, world) in Approximate)
        {
            world.Concept.Dispose();
            if (world.Model != Model) world.Model.Dispose();
        }
        Concept.Dispose();
        Model.Dispose();
    }

    /// <summary>Lays the weights of the U-Net's convolutions out by channels last; libtorch then keeps its maps so, too.</summary>
    private static BaseModel WithChannelsLast(BaseModel model)
    {
        using var noGrad = no_grad();
        foreach (var weight in model.UNet.parameters().Where(p => p.Dimensions == 4))
        {
            using var scope = NewDisposeScope();
            weight.set_(weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        }
        return model;
    }

    private void Add(string name, BenchmarkWorld world) => Approximate = [.. Approximate, (name, world)];
}
