using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Generation;

/// <summary>
/// Records where S★ looks while pictures are drawn, and changes nothing in them: maps are computed beside the pass, one column of each
/// kept. Owns its columns.
/// </summary>
/// <param name="frames">Receives what is seen.</param>
/// <param name="layers">Attention ids to look at.</param>
/// <param name="columns">Of every S★ in the prompt: where pictures look.</param>
/// <param name="pictures">Samples of the conditional half; the last of a batch.</param>
/// <param name="latentShape">[C, h, w] of the pictures.</param>
internal sealed class AttentionRecorder(
    ICollection<AttentionFrame> frames, IReadOnlyCollection<int> layers, TokenPositions columns, int pictures, long[] latentShape)
        : IDisposable
{
    private int _step = 1, _referenceSeen, _pictureSeen;

    /// <summary>The running step is done.</summary>
    public void EndStep() => _step++;

    /// <summary>
    /// Sees the attention of S★ [R, N] in the conditional half's reference passes, and the masks made of it. Photos are squares.
    /// </summary>
    public void Reference(double timestep, IReadOnlyDictionary<int, Tensor> attention, IReadOnlyDictionary<int, Tensor> masks)
    {
        if (_referenceSeen == _step) return;                    // a sampler may look twice within a step
        _referenceSeen = _step;
        using var scope = NewDisposeScope();
        foreach (var (layer, seen) in attention)
        {
            var side = (int)Math.Round(Math.Sqrt(seen.shape[1]));
            for (var i = 0; i < seen.shape[0]; i++)
                frames.Add(new(
                    AttentionPath.Reference, i, _step, timestep, layer, side, side, Floats(seen[i]),
                    HostRead.Bytes(masks[layer][i])));
        }
    }

    /// <summary>Watches a pass over the pictures; null where this step's was seen already.</summary>
    public IBlockVisitor? Watching(double timestep)
    {
        if (_pictureSeen == _step) return null;
        _pictureSeen = _step;
        return new Watch(this, timestep);
    }

    public void Dispose() => columns.Dispose();

    private void Picture(int layer, double timestep, Tensor map)
    {
        using var scope = NewDisposeScope();
        var downsample = (int)Math.Round(Math.Sqrt((double)latentShape[1] * latentShape[2] / map.shape[1]));
        var (height, width) = ((int)latentShape[1] / downsample, (int)latentShape[2] / downsample);
        var seen = TokenPositions.Columns(map.narrow(0, map.shape[0] - pictures, pictures), columns.Placeholder.expand(pictures, -1));
        for (var i = 0; i < pictures; i++)
            frames.Add(new(AttentionPath.Picture, i, _step, timestep, layer, width, height, Floats(seen[i]), Mask: null));
    }

    private bool Watches(int block) => layers.Contains(block);

    private static float[] Floats(Tensor values) => HostRead.Floats(values);

    private sealed class Watch(AttentionRecorder recorder, double timestep) : IBlockVisitor
    {
        public TextMap MapOf(int block) => recorder.Watches(block) ? TextMap.Beside : TextMap.None;

        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
        {
            if (recorder.Watches(block)) recorder.Picture(block, timestep, textMap!);
            return tokens;
        }
    }
}
