using ViCo.Engine.Models;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>Draws in the memory that there is.</summary>
/// <param name="samplesPerPass">Pictures in one call of the U-Net, at most; null: as many as the free memory takes.</param>
/// <param name="dropCaches">Frees what can be computed again.</param>
internal sealed class BoundedDrawing(BaseModel model, TextToImage textToImage, int? samplesPerPass, Action dropCaches)
{
    /// <summary>Draws as many pictures at once as memory takes; once it has run out, half as many.</summary>
    /// <param name="drawings">That go together.</param>
    /// <returns>One list of pictures per drawing, and how many were drawn at once.</returns>
    /// <exception cref="DeviceMemoryException">There is not enough memory for half as many either.</exception>
    public (IReadOnlyList<IReadOnlyList<Picture>> Pictures, int AtOnce) Draw(IReadOnlyList<Drawing> drawings, CancellationToken cancellationToken)
    {
        var count = drawings.Sum(d => d.Plan.Seeds.Count);
        // Whoever asks where S★ looks gets the frames of all pictures of a step together.
        var traced = drawings.Any(d => d.Frames is not null);
        var bound = traced ? null : samplesPerPass ?? DrawingMemory.PicturesAtOnce(model, drawings[0].Plan.Size, FreeMemory.On(model.Device));
        var atOnce = Math.Min(bound ?? count, count);
        try
        {
            return (textToImage.Draw(drawings, cancellationToken, atOnce), atOnce);
        }
        catch (Exception e) when (DeviceMemoryException.IsSignOf(e))
        {
            dropCaches();
            atOnce = Math.Max(1, atOnce / 2);
            try
            {
                if (!traced) return (textToImage.Draw(drawings, cancellationToken, atOnce), atOnce);
            }
            catch (Exception again) when (DeviceMemoryException.IsSignOf(again))
            {
                dropCaches();
            }
            throw new DeviceMemoryException(
                $"There is not enough memory to draw {atOnce} {(atOnce == 1 ? "picture" : "pictures")} at once. "
                + "Ask for smaller pictures, or store the networks in bf16 or fp16.", e);
        }
    }
}
