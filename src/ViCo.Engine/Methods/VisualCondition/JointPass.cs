using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Methods.VisualCondition;

/// <summary>
/// Noisy latents and their references in one pass of the U-Net: both meet the same weights, and at an image layer the reference's tokens
/// are there when the noisy ones need them.
/// </summary>
/// <remarks>
/// The batch holds all noisy samples, then their references in the same order. References leave after the last image layer.
/// </remarks>
internal sealed class JointPass(Adaptation pass, ImageCrossAttention blocks, PhotoPairs pairs, OptionValues options)
    : IBlockVisitor, IDisposable
{
    private readonly long _samples = pairs.Noisy.shape[0];
    private readonly Func<Tensor, int, Tensor> _masks = pairs.Masks ?? ((maps, bins) => Otsu.Mask(maps, bins, pairs.Tables));
    private readonly List<Tensor> _regularization = [];
    private readonly int _last = blocks.Layers.Max();
    private readonly int _otsuBins = options.Get(VisualConditionOption.OtsuBins);
    private readonly string _mask = options.Get(VisualConditionOption.Mask);

    public long? Staying { get; private set; }

    public TextMap MapOf(int block) => blocks[block] is null ? TextMap.None : TextMap.Through;

    public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
    {
        if (blocks[block] is not { } image) return tokens;
        var reference = tokens.narrow(0, _samples, _samples);
        var map = textMap!.narrow(0, _samples, _samples);
        _regularization.Add(ObjectMask.Regularization(map, pairs.Positions, options).DetachFromDisposeScope());
        var mask = _masks(TokenPositions.Columns(map.detach(), pairs.Positions.Placeholder), _otsuBins);
        var attended = image.Run(tokens.narrow(0, 0, _samples), ObjectMask.Context(reference, mask, _mask), pass).Tokens;
        if (block == _last) Staying = _samples;
        return cat([attended, reference]);
    }

    /// <summary>Of every sample [B], summed over layers, before λ; in the caller's scope.</summary>
    public Tensor Regularization()
    {
        using var scope = NewDisposeScope();
        return stack(_regularization).sum(0, keepdim: false).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var term in _regularization) term.Dispose();
    }
}
