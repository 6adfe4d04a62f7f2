using ViCo.Engine.Models;

namespace ViCo.Engine.Generation;

/// <summary>How many pictures fit through the U-Net at once.</summary>
internal static class DrawingMemory
{
    /// <summary>Of the free memory: the decoder and whatever else runs get the rest.</summary>
    private const double Share = 0.6;

    /// <summary>Most guidance terms that a picture has; each is a row of the batch.</summary>
    private const int Terms = 3;

    /// <summary>
    /// Numbers that a row holds at its peak, for each cell and channel of the finest level. Measured
    /// with <c>vico bench memory</c>: 90 to 120.
    /// </summary>
    private const int NumbersPerChannel = 128;

    /// <param name="size">Of the pictures; null: the model's own.</param>
    /// <param name="free">Bytes; null: unknown, then the answer is null too.</param>
    /// <returns>1 or more.</returns>
    public static int? PicturesAtOnce(BaseModel model, PictureSize? size, long? free)
    {
        if (free is null) return null;
        var shape = size is { } own ? model.LatentShapeOf(own.Width, own.Height) : model.LatentShape;
        var bytes = (double)NumbersPerChannel * shape[1] * shape[2] * model.UNet.Config.BlockOutChannels[0] * (
            model.UNet.DType == ScalarType.Float32 ? 4 : 2);
        return (int)Math.Clamp(Share * free.Value / (Terms * bytes), 1, int.MaxValue);
    }
}
