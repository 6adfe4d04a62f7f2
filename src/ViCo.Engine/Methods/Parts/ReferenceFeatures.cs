using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>What image blocks need of a reference pass: per layer the tokens and the text attention's map. Owns its tensors.</summary>
internal sealed class ReferenceFeatures : IDisposable
{
    private readonly Dictionary<int, (Tensor Tokens, Tensor Map)> _layers = [];

    public IEnumerable<int> Layers => _layers.Keys;

    /// <summary>[P, N, d]: one row per distinct (reference, context) pair, after the text block.</summary>
    public Tensor Tokens(int layer) => _layers[layer].Tokens;

    /// <summary>[P, N, T]: softmaxed text attention, mean over heads, float32 at least.</summary>
    public Tensor Map(int layer) => _layers[layer].Map;

    /// <summary>Bytes held, to bound caches.</summary>
    public long Bytes => _layers.Values.Sum(l => l.Tokens.numel() * l.Tokens.ElementSize + l.Map.numel() * l.Map.ElementSize);

    /// <summary>Runs clean reference latents through the frozen U-Net, up to the last of <paramref name="layers"/>.</summary>
    /// <param name="latents">[P, C, h, w], scaled and without noise.</param>
    /// <param name="timesteps">[P], those of the noisy side.</param>
    /// <param name="text">The noisy side's text, one row per pair.</param>
    public static ReferenceFeatures Compute(
        UNet2DConditionModel unet, Tensor latents, Tensor timesteps, AttentionContext text, IReadOnlyCollection<int> layers) =>
        Record(layers, recorder => unet.Visit(latents, timesteps, text, new(recorder)));

    /// <summary>What <paramref name="layers"/> of a pass hold; the pass takes the visitor it is given.</summary>
    public static ReferenceFeatures Record(IReadOnlyCollection<int> layers, Action<IBlockVisitor> pass)
    {
        var features = new ReferenceFeatures();
        try
        {
            pass(new Recorder(features, layers));
            return features;
        }
        catch
        {
            features.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var (tokens, map) in _layers.Values)
        {
            tokens.Dispose();
            map.Dispose();
        }
        _layers.Clear();
    }

    private sealed class Recorder(ReferenceFeatures features, IReadOnlyCollection<int> layers) : IBlockVisitor
    {
        private readonly int _last = layers.Max();

        public bool Done { get; private set; }

        public TextMap MapOf(int block) => layers.Contains(block) ? TextMap.Through : TextMap.None;

        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
        {
            if (layers.Contains(block))
                features._layers.Add(block, (tokens.alias().DetachFromDisposeScope(), textMap!.alias().DetachFromDisposeScope()));
            Done = block == _last;
            return tokens;
        }
    }
}
