using ViCo.Engine.Metrics;

namespace ViCo.Benchmarks.Quality;

/// <summary>What identity scores could be at best: the same measure between photos of one object.</summary>
/// <param name="PhotoDino">I_DINO between different photos of the object.</param>
/// <param name="PhotoClip">I_CLIP between them.</param>
/// <param name="DecodedDino">I_DINO between photos as the autoencoder gives them back, and the other photos.</param>
/// <param name="DecodedClip">I_CLIP between them.</param>
public sealed record Ceiling(double PhotoDino, double PhotoClip, double DecodedDino, double DecodedClip)
{
    /// <summary>From features of the photos, and of what the autoencoder makes of each.</summary>
    internal static Ceiling Of(PictureFeatures photos, PictureFeatures decoded)
    {
        var (own, through) = (photos.ToOthers(photos), decoded.ToOthers(photos));
        return new(own.Dino, own.Clip, through.Dino, through.Clip);
    }
}
