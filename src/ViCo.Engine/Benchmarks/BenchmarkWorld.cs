using ViCo.Engine.Datasets;
using ViCo.Engine.Models;
using ViCo.Engine.Personalization;
using ViCo.Engine.Training;
using ViCo.Pictures;

namespace ViCo.Engine.Benchmarks;

/// <summary>What benchmarks work on: a base model, photos of its size, and an untrained concept. Owns its tensors.</summary>
internal sealed class BenchmarkWorld : IDisposable
{
    private BenchmarkWorld(BaseModel model, IReadOnlyList<Picture> photos, TrainingOptions options) =>
        (Model, Photos, Options, Concept) = (model, photos, options, Concept.Create(model, options, ["object"]));

    public BaseModel Model { get; }

    public IReadOnlyList<Picture> Photos { get; }

    /// <summary>Learning rates are 0: each path meets the weights that the one before it met, so that numbers can be compared.</summary>
    public TrainingOptions Options { get; }

    public Concept Concept { get; }

    /// <param name="batch">Samples per training step.</param>
    public static BenchmarkWorld Load(string modelFolder, IReadOnlyList<PhotoFile> photos, int batch)
    {
        var model = BaseModel.Load(modelFolder, CPU);
        var options = TrainingOptions.From(model.Defaults, new()
        {
            BatchSize = batch,
            EmbeddingLearningRate = 0,
            BlockLearningRate = 0,
            // Blocks that start as the identity would hide what goes wrong inside them.
            Switches = new() { BlockInitialization = "default" },
        });
        return new(model, [.. photos.Select(photo => PhotoTensor.Square(photo, model.ImageSize, options.Switches))], options);
    }

    public void Dispose()
    {
        Concept.Dispose();
        Model.Dispose();
    }
}
