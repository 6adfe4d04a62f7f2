using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// Learned rows in front of keys and values in the text tower's last layers. Zhao et al. 2023, CatVersion (arXiv:2311.14631).
/// </summary>
/// <remarks>
/// One vector holds them all, as in the published files: element (((row · layers + layer) · 2 + {0: key, 1: value}) · D + i), layers
/// from the first that has any.
/// </remarks>
internal sealed class TextPrefix : IPart, ITextPrefix
{
    /// <summary>Name of the vector in our file.</summary>
    public const string Key = "text_prefix";

    private readonly Parameter _rows;
    private readonly int _layers, _first;
    private readonly long _width;
    private readonly bool _everywhere;

    /// <exception cref="ArgumentException">The text tower has fewer layers.</exception>
    public TextPrefix(BaseModel model, OptionValues options)
    {
        var text = model.TextEncoder.Config;
        _layers = options.Get(CatVersionOption.PrefixLayers);
        if (_layers > text.Layers)
            throw new ArgumentException(
                $"{CatVersionOption.PrefixLayers.Name} is {_layers}; the text tower of '{model.Defaults.Name}' has {text.Layers} layers.");
        (_first, _width) = (text.Layers - _layers, text.Width);
        LearningRate = options.Get(CatVersionOption.PrefixLearningRate);
        LogitBias = options.Get(CatVersionOption.PrefixBias);
        _everywhere = options.Get(CatVersionOption.PrefixInUnconditional);
        var size = options.Get(CatVersionOption.PrefixLength) * _layers * 2 * _width;
        _rows = NewTensor.Learned([size], model.Device);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors => [(Key, _rows)];

    public double LearningRate { get; }

    public double LogitBias { get; }

    public bool LearnsEveryStep => true;

    public bool TouchesOtherTexts => _everywhere;

    /// <summary>Standard normal, as the published code does: no prefix of numbers leaves an attention as it was.</summary>
    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _rows.copy_(NewTensor.Normal(_rows.shape, random, _rows.device));
    }

    /// <summary>In front of the texts that name the object; of all, where the options say so.</summary>
    public void Join(Adaptation pass, Share share)
    {
        var prompts = pass.Prompts;
        pass.Join(
            _everywhere || prompts.Count == 0 ? share.Prompts
                : share.Prompts.Among(Enumerable.Range(0, prompts.Count).Where(i => prompts[i].Placeholders.Count > 0)), this);
    }

    public (Tensor Keys, Tensor Values)? At(int layer)
    {
        if (layer < _first) return null;
        var own = _rows.view(-1, _layers, 2, _width).select(1, layer - _first);
        return (own.select(1, 0), own.select(1, 1));
    }

    public void Dispose() => _rows.Dispose();
}
