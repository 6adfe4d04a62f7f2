using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// Weights of the concept's own in place of frozen ones in the U-Net's attention to text, which they start as. Kumari et al. 2023, Custom
/// Diffusion (arXiv:2212.04488), section 3.2.
/// </summary>
/// <remarks>
/// Keys and values of a text's first token, which is the same in every text, pass no gradient, as in the published code. Tensors are named
/// as diffusers names them.
/// </remarks>
internal sealed class ReplacedLayers : IPart
{
    /// <summary>What diffusers' names of such tensors hold.</summary>
    public const string Mark = "_custom_diffusion.";

    private readonly IReadOnlyList<Replacement> _layers;

    public ReplacedLayers(BaseModel model, IReadOnlyList<NetworkLayer> layers, double learningRate)
    {
        LearningRate = learningRate;
        _layers = [.. layers.Select(layer => new Replacement(layer, model.Device))];
        Tensors =
        [
            .. _layers.SelectMany(l => l.Bias is null ? [(KeyOf(l.Place.Path, "weight"), l.Weight)]
                : new[] { (KeyOf(l.Place.Path, "weight"), l.Weight), (KeyOf(l.Place.Path, "bias"), l.Bias) }),
        ];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    public double LearningRate { get; }

    public bool LearnsEveryStep => true;

    public bool TouchesOtherTexts => true;

    /// <summary>The projections of every attention to text that end so.</summary>
    /// <param name="ends">Such as <c>to_k</c>.</param>
    public static IReadOnlyList<NetworkLayer> AttentionToText(BaseModel model, params IReadOnlyList<string> ends) =>
        [.. NetworkLayer.Of(model).Where(l => l.Network == NetworkLayer.OfUNet && ends.Any(end => l.EndsIn($"attn2.{end}")))];

    /// <summary>diffusers' name of a tensor.</summary>
    /// <param name="path">Of the layer: <c>….attn2.to_k</c>.</param>
    /// <param name="tensor"><c>weight</c> or <c>bias</c>.</param>
    public static string KeyOf(string path, string tensor)
    {
        const string attention = ".attn2.";
        var at = path.IndexOf(attention, StringComparison.Ordinal) + attention.Length;
        var layer = path[at..].Split('.');
        return $"{path[..at]}processor.{layer[0]}{Mark}{string.Concat(layer.Skip(1).Select(inner => $"{inner}."))}{tensor}";
    }

    /// <summary>The network's own name of a tensor that <see cref="KeyOf"/> names: <c>….attn2.to_k.weight</c>.</summary>
    public static string ParameterOf(string key) =>
        key.Replace("processor.", "", StringComparison.Ordinal).Replace(Mark, ".", StringComparison.Ordinal);

    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        foreach (var layer in _layers)
        {
            using var scope = NewDisposeScope();
            layer.Weight.copy_(layer.Place.Weight);
            layer.Bias?.copy_(layer.Place.Bias!);
        }
    }

    public void Join(Adaptation pass, Share share)
    {
        foreach (var layer in _layers) pass.Join(layer.Place.Layer, share, layer);
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }

    /// <summary>One layer's.</summary>
    private sealed class Replacement : ILayerGuest, IDisposable
    {
        private readonly bool _ofText;

        public Replacement(NetworkLayer place, Device device)
        {
            Place = place;
            _ofText = place.EndsIn("to_k") || place.EndsIn("to_v");
            Weight = NewTensor.Learned(place.Weight.shape, device);
            Bias = place.Bias is { } bias ? NewTensor.Learned(bias.shape, device) : null;
        }

        public NetworkLayer Place { get; }

        public Parameter Weight { get; }

        public Parameter? Bias { get; }

        public Tensor After(Tensor input, Tensor output)
        {
            using var scope = NewDisposeScope();
            var own = F.linear(input.As(Weight.dtype), Weight, Bias);
            if (_ofText && own.requires_grad) own = cat([own.narrow(1, 0, 1).detach(), own.narrow(1, 1, own.shape[1] - 1)], 1);
            return own.As(output.dtype).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            Weight.Dispose();
            Bias?.Dispose();
        }
    }
}
