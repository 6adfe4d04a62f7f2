namespace ViCo.Engine.Metrics;

/// <summary>Unit vectors of pictures, one row each. Owns its tensors.</summary>
internal sealed record PictureFeatures(Tensor Dino, Tensor Clip) : IDisposable
{
    /// <summary>Mean cosine of each picture to all others but the one of the same place: as many of both, at least two.</summary>
    public (double Dino, double Clip) ToOthers(PictureFeatures others)
    {
        return (Mean(Dino, others.Dino), Mean(Clip, others.Clip));

        static double Mean(Tensor a, Tensor b)
        {
            using var scope = NewDisposeScope();
            var (cosines, count) = (a.mm(b.t()), a.shape[0]);
            return HostRead.Number((cosines.sum() - cosines.diagonal().sum()).Over(count * (count - 1.0)));
        }
    }

    public void Dispose()
    {
        Dino.Dispose();
        Clip.Dispose();
    }
}
