using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// Rotations of what frozen layers are given, block by block of their input: y = W Qᵀ x + b, so that the angles between neurons stay. Qiu
/// et al. 2023, OFT (arXiv:2306.07280), section 3.
/// </summary>
/// <remarks>
/// R [blocks, width, width], or [width, width] for all blocks; S = (R - Rᵀ) / 2 and Q = (I - S)(I + S)⁻¹, Cayley's form, which is a
/// rotation for any R. Tensors are named as in the published code.
/// </remarks>
internal sealed class Rotations : IPart
{
    /// <summary>What names of such tensors end in.</summary>
    public const string Mark = "_oft.R";

    private readonly IReadOnlyList<Rotation> _rotations;
    private readonly double? _limit;

    /// <exception cref="ArgumentException">A layer's input does not divide into so many blocks.</exception>
    public Rotations(BaseModel model, IReadOnlyList<NetworkLayer> layers, RotationShape shape, double learningRate)
    {
        (_limit, LearningRate) = (shape.Limit, learningRate);
        if (layers.FirstOrDefault(l => l.Weight.shape[1] % shape.Blocks != 0) is { } odd)
            throw new ArgumentException(
                $"{OftOption.OftBlocks.Name} is {shape.Blocks}; the {odd.Weight.shape[1]} inputs of '{odd.Path}' "
                + "do not divide into so many.");
        _rotations = [.. layers.Select(layer => new Rotation(layer, shape, model.Device))];
        Tensors = [.. _rotations.Select(r => (KeyOf(r.Place.Path), r.R))];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    public double LearningRate { get; }

    public bool LearnsEveryStep => true;

    public bool TouchesOtherTexts => true;

    /// <summary>Each layer's.</summary>
    public IReadOnlyList<Rotation> Layers => _rotations;

    /// <summary>As a training's options say: queries, keys, values and outputs of every attention of the U-Net.</summary>
    /// <inheritdoc cref="Rotations(BaseModel, IReadOnlyList{NetworkLayer}, RotationShape, double)"/>
    public static Rotations Of(BaseModel model, OptionValues options) => new(
        model, [.. NetworkLayer.Of(model).Where(l => l.Network == NetworkLayer.OfUNet && LowRank.Usual(l.Network).Any(l.EndsIn))],
        new(
            options.Get(OftOption.OftBlocks), options.Get(OftOption.OftShared), options.Get(OftOption.OftLimit),
            options.Get(OftOption.OftTerms)),
        options.Get(OftOption.OftLearningRate));

    /// <summary>The published code's name of a tensor.</summary>
    /// <param name="path">Of the layer: <c>….attn1.to_k</c> or <c>….attn1.to_out.0</c>.</param>
    public static string KeyOf(string path)
    {
        var layer = path.EndsWith(".to_out.0", StringComparison.Ordinal) ? path[..^2] : path;
        var at = layer.LastIndexOf('.');
        return $"{layer[..at]}.processor{layer[at..]}{Mark}";
    }

    /// <summary>The layer that <see cref="KeyOf"/> names a tensor of.</summary>
    public static string PathOf(string key)
    {
        var path = key[..^Mark.Length].Replace(".processor", "", StringComparison.Ordinal);
        return path.EndsWith(".to_out", StringComparison.Ordinal) ? $"{path}.0" : path;
    }

    /// <summary>Zero: no rotation.</summary>
    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        foreach (var rotation in _rotations) rotation.R.zero_();
    }

    /// <summary>Where rotations have a limit, they are brought back within it.</summary>
    public void Moved()
    {
        if (_limit is not { } limit) return;
        foreach (var rotation in _rotations) rotation.Limit(limit);
    }

    public void Join(Adaptation pass, Share share)
    {
        foreach (var rotation in _rotations) pass.Join(rotation.Place.Layer, share, rotation);
    }

    public void Dispose()
    {
        foreach (var rotation in _rotations) rotation.Dispose();
    }
}
