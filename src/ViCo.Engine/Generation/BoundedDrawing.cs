using ViCo.Engine.Models;
using ViCo.Engine.Models.Vae;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>Draws in the memory that there is.</summary>
/// <param name="samplesPerPass">Pictures in one call of the U-Net, at most; null: as many as the free memory takes.</param>
/// <param name="dropCaches">Frees what can be computed again.</param>
internal sealed class BoundedDrawing(BaseModel model, TextToImage textToImage, int? samplesPerPass, Action dropCaches)
{
    private readonly long? _freeOnceLoaded = FreeMemory.On(model.Device);

    /// <summary>
    /// Draws as many pictures at once as memory takes, and decodes large ones in strips, or does both as drawings that were drawn before
    /// say; once memory has run out, half as many, all in strips.
    /// </summary>
    /// <param name="drawings">That go together.</param>
    /// <returns>One list of pictures per drawing, and how they were cut to fit.</returns>
    /// <exception cref="DeviceMemoryException">There is not enough memory for half as many either.</exception>
    public (IReadOnlyList<IReadOnlyList<Picture>> Pictures, DrawingRoom Room) Draw(IReadOnlyList<Drawing> drawings,
        CancellationToken cancellationToken)
    {
        var (count, size) = (drawings.Sum(d => d.Plan.Seeds.Count), drawings[0].Plan.Size);
        var room = RoomFor(count, size);
        if (drawings[0].Room is { } before)
            room = before with { AtOnce = Math.Min(Math.Min(before.AtOnce, samplesPerPass ?? count), count) };
        // Whoever asks where S★ looks gets the frames of all pictures of a step together.
        var traced = drawings.Any(d => d.Frames is not null);
        if (traced) room = room with { AtOnce = count };
        try
        {
            return (textToImage.Draw(drawings, cancellationToken, room), room);
        }
        catch (Exception e) when (DeviceMemoryException.IsSignOf(e))
        {
            dropCaches();
            if (!traced)
            {
                room = new(Math.Max(1, room.AtOnce / 2), InStrips: true);
                try
                {
                    return (textToImage.Draw(drawings, cancellationToken, room), room);
                }
                catch (Exception again) when (DeviceMemoryException.IsSignOf(again))
                {
                    dropCaches();
                }
            }
            throw new DeviceMemoryException(
                $"There is not enough memory to draw {room.AtOnce} {(room.AtOnce == 1 ? "picture" : "pictures")} at once. "
                + "Ask for smaller pictures, or store the networks in bf16 or fp16.", e);
        }
    }

    /// <summary>How so many pictures are cut to fit what is free now.</summary>
    /// <param name="size">Of the pictures; null: the model's own.</param>
    internal DrawingRoom RoomFor(int count, PictureSize? size)
    {
        var shape = size is { } own ? model.LatentShapeOf(own.Width, own.Height) : model.LatentShape;
        return new(
            Math.Min(samplesPerPass ?? DrawingMemory.PicturesAtOnce(model, size, Free) ?? count, count),
            InStrips: shape[1] * shape[2] > AutoencoderKL.LargestWhole);
    }

    /// <summary>
    /// On a GPU what was free once the model was loaded: libtorch keeps what it took since and uses it
    /// again, but the driver counts it as taken.
    /// </summary>
    private long? Free => model.Device.type == DeviceType.CUDA ? _freeOnceLoaded : FreeMemory.On(model.Device);
}
