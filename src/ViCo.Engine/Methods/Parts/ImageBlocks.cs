using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>ViCo's image blocks as a part: at their layers, samples that look at references attend to the object there.</summary>
internal sealed class ImageBlocks : IPart
{
    private readonly BaseModel _model;
    private readonly ImageBlockPool _pool;
    private readonly bool _zeroOutput;
    private bool _disposed;

    /// <exception cref="ArgumentException">A layer takes no image block.</exception>
    public ImageBlocks(BaseModel model, TrainingOptions options)
    {
        _model = model;
        _pool = model.Beside(m => new ImageBlockPool(m.UNet));
        _zeroOutput = options.Get(VisualConditionOption.BlockInitialization) == "zero_output";
        LearningRate = options.Get(VisualConditionOption.BlockLearningRate);
        Modules = _pool.Take(options.Get(VisualConditionOption.Layers));
    }

    /// <summary>The blocks by layer.</summary>
    public ImageCrossAttention Modules { get; }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors => [.. Modules.NamedTensors()];

    public double LearningRate { get; }

    public bool LearnsEveryStep => true;

    public void Create(Generator random)
    {
        Modules.Allocate(_model.Device);
        Modules.Initialize(random, _zeroOutput);
    }

    public void Fill(IWeightFile file) => Modules.Fill(file, _model.UNet.DType, _model.Device);

    /// <summary>Adds nothing where the rows look at no reference.</summary>
    public void Join(Adaptation pass, Share share)
    {
        if (share.References is { } references) ImageAttention.In(pass).Add(Modules, references);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _pool.GiveBack(Modules);
    }
}
