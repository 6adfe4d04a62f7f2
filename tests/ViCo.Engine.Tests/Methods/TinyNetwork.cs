using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Methods;

/// <summary>
/// A small U-Net with random weights, two of its decoder blocks with image blocks, and a source of random inputs; all of one dtype
/// unless the frozen weights have their own.
/// </summary>
internal sealed class TinyNetwork : IDisposable
{
    public const int Tokens = 10, TextWidth = 24;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ScalarType _dtype;

    public TinyNetwork(ScalarType dtype = ScalarType.Float32, ScalarType? frozen = null)
    {
        _dtype = dtype;
        UNet = new(new(4, 4, [16, 32, 32, 32], 1, [true, true, true, false], [false, true, true, true], [2, 2, 2, 2], TextWidth, 8, 1e-5,
            true, 0, 16));
        Fill(UNet, 1);
        int[] decoder = [.. UNet.Blocks.Where(b => b.LdmName.StartsWith("output", StringComparison.Ordinal)).Select(b => b.Id)];
        Blocks = new(UNet, [decoder[1], decoder[^2]]);
        Blocks.Initialize(Generator, zeroOutput: false);
        UNet.to(frozen ?? dtype);
        Blocks.to(dtype);
    }

    public Generator Generator { get; } = new(7);

    public UNet2DConditionModel UNet { get; }

    public ImageCrossAttention Blocks { get; }

    /// <summary>
    /// Frozen weights from this network's own generator: the library's starting values come from one that all tests share.
    /// </summary>
    /// <param name="gain">Times 1 / √(inputs of a unit): the deviation of weights.</param>
    public void Fill(nn.Module module, double gain)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.Dimensions > 1) parameter.copy_(randn(parameter.shape, generator: Generator)
                .Times(gain / Math.Sqrt(parameter.numel() / parameter.shape[0])));
            else parameter.copy_(tensor(name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0.1));
            parameter.requires_grad = false;
        }
    }

    /// <summary>Standard normal; the same numbers whatever the dtype.</summary>
    public Tensor Random(params long[] shape) => randn(shape, dtype: ScalarType.Float32, generator: Generator).to(_dtype);

    public void Dispose()
    {
        Blocks.Dispose();
        UNet.Dispose();
        Generator.Dispose();
        _scope.Dispose();
    }
}
