using ViCo.Engine;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;

namespace ViCo.Benchmarks.PlainPath;

/// <summary>A reference pass that runs to its end, although nothing after the last image layer is used.</summary>
internal static class WholePass
{
    /// <summary>As <see cref="ReferenceFeatures.Compute"/>.</summary>
    public static ReferenceFeatures Compute(
        UNet2DConditionModel unet, Tensor latents, Tensor timesteps, AttentionContext text, IReadOnlyCollection<int> layers) =>
        ReferenceFeatures.Record(layers, recorder => unet.call(latents, timesteps, text, new(new ToTheEnd(recorder))).Dispose());

    private sealed class ToTheEnd(IBlockVisitor visitor) : IBlockVisitor
    {
        public TextMap MapOf(int block) => visitor.MapOf(block);

        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap) => visitor.AfterTextBlock(block, tokens, textMap);
    }
}
