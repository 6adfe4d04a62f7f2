using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Generation;

/// <summary>What image blocks read of one reference photo at one timestep, by layer. Owns its tensors.</summary>
/// <param name="Tokens">[1, N, d], after the text block and without a mask.</param>
/// <param name="PlaceholderAttention">[1, N], float32 at least: how strongly each token looks at S★; masks are made of it.</param>
internal sealed record ReferenceReading(
    IReadOnlyDictionary<int, Tensor> Tokens, IReadOnlyDictionary<int, Tensor> PlaceholderAttention) : IDisposable
{
    /// <summary>Reads a pass over one photo.</summary>
    /// <param name="placeholder">[1, T]: the weights of S★'s columns.</param>
    public static ReferenceReading Of(ReferenceFeatures features, Tensor placeholder)
    {
        using var scope = NewDisposeScope();
        return new(
            features.Layers.ToDictionary(layer => layer, layer => features.Tokens(layer).alias().DetachFromDisposeScope()),
            features.Layers.ToDictionary(
                layer => layer, layer => TokenPositions.Columns(features.Map(layer), placeholder).DetachFromDisposeScope()));
    }

    public void Dispose()
    {
        foreach (var tensor in Tokens.Values.Concat(PlaceholderAttention.Values)) tensor.Dispose();
    }
}
