using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// ViCo's image blocks: one full transformer block beside each chosen decoder block of a frozen U-Net. Hao et al. 2023 (arXiv:2306.00971).
/// </summary>
/// <remarks>
/// Tensor names in files are the official code's: <c>diffusion_model.output_blocks.4.1.image_cross_attention.attn1.to_q.weight</c>.
/// </remarks>
internal sealed class ImageCrossAttention : Module
{
    private readonly SortedDictionary<int, (string Stem, BasicTransformerBlock Block)> _blocks = [];

    /// <exception cref="ArgumentException">A layer is not a decoder block of this U-Net.</exception>
    public ImageCrossAttention(UNet2DConditionModel unet, IEnumerable<int> layers, Device? device = null)
        : base(nameof(ImageCrossAttention))
    {
        foreach (var id in layers)
        {
            var place = unet.Blocks.FirstOrDefault(b => b.Id == id && b.LdmName.StartsWith("output_blocks.", StringComparison.Ordinal))
                ?? throw new ArgumentException($"Layer {id} cannot take an image block; this U-Net's decoder attention ids are "
                    + string.Join(", ", unet.Blocks
                        .Where(b => b.LdmName.StartsWith("output_blocks.", StringComparison.Ordinal)).Select(b => b.Id)) + ".");
            var block = new BasicTransformerBlock(new(place.Width, place.Width, place.Heads), device);
            _blocks.Add(id, ($"diffusion_model.{place.LdmName}.image_cross_attention.", block));
            register_module($"block_{id}", block);
        }
    }

    /// <summary>Ids of the layers, ascending.</summary>
    public IReadOnlyCollection<int> Layers => _blocks.Keys;

    /// <summary>Every trainable tensor with its name in files: 20 per block.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedTensors() =>
        _blocks.Values.SelectMany(b => b.Block.named_parameters().Select(p => (b.Stem + p.name, p.parameter)));

    /// <summary>Gives blocks on the meta device memory to be trained in, float32, without starting values.</summary>
    public void Allocate(Device device) =>
        MetaModule.Replace(this, (_, like) => Parameter(NewTensor.Empty(like.shape, ScalarType.Float32, device)));

    /// <summary>Gives blocks on the meta device their numbers, frozen.</summary>
    /// <param name="linear">Number type of the linear layers, the one that their tokens have; norms stay float32, as
    /// <see cref="MixedPrecision.Normalize"/> wants them.</param>
    public void Fill(IWeightFile file, ScalarType linear, Device device)
    {
        // Numbers move to the device before the module gets them: Module.to does nothing to a module that it moved once, and modules are
        // used again.
        foreach (var (stem, block) in _blocks.Values) MetaModule.Fill(block, name =>
            file.Load(stem + name, IsNorm(name) ? ScalarType.Float32 : linear).to(device));
    }

    /// <summary>The block of a layer, or null where it has none.</summary>
    public BasicTransformerBlock? this[int layer] => _blocks.TryGetValue(layer, out var entry) ? entry.Block : null;

    /// <summary>
    /// Stores the linear layers of frozen blocks in another number type, the one their tokens have; norms stay, as
    /// <see cref="MixedPrecision.Normalize"/> wants them.
    /// </summary>
    public void StoreLinearLayersAs(ScalarType dtype)
    {
        foreach (var (_, block) in _blocks.Values)
            MetaModule.Replace(block, (name, like) =>
                Parameter(IsNorm(name) ? like.detach().alias() : like.detach().to(dtype), requires_grad: false));
    }

    /// <summary>
    /// Starting values from a seed: torch's own distributions for linear and norm layers, so as the official code starts.
    /// </summary>
    /// <param name="zeroOutput">Zero what each of the three residual branches ends in, so that a block starts as the identity.</param>
    public void Initialize(Generator generator, bool zeroOutput)
    {
        using var noGrad = no_grad();
        var fanIn = 1L;
        foreach (var (name, parameter) in NamedTensors())
        {
            using var scope = NewDisposeScope();
            if (IsNorm(name))
            {
                parameter.copy_(name.EndsWith(".weight", StringComparison.Ordinal) ? ones_like(parameter) : zeros_like(parameter));
            }
            else if (zeroOutput
                && (name.Contains(".to_out.", StringComparison.Ordinal) || name.Contains(".ff.net.2.", StringComparison.Ordinal)))
            {
                parameter.zero_();
            }
            else
            {
                if (parameter.Dimensions == 2) fanIn = parameter.shape[1];               // a bias follows its weight
                var bound = 1 / Math.Sqrt(fanIn);
                parameter.copy_(NewTensor.Uniform(parameter.shape, generator, parameter.device).Times(2 * bound).Minus(bound));
            }
        }
    }

    /// <param name="name">In files, or in a block.</param>
    private static bool IsNorm(string name) => name.StartsWith("norm", StringComparison.Ordinal)
        || name.Contains(".norm", StringComparison.Ordinal);
}
