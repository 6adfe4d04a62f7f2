using System.Security.Cryptography;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Datasets;

/// <summary>Photos as tensors.</summary>
internal static class PhotoTensor
{
    /// <summary>[1, 3, H, W] in [-1, 1].</summary>
    public static Tensor From(Picture photo, Device device)
    {
        using var scope = NewDisposeScope();
        return NewTensor.Of(photo.Rgb, device).view(1, photo.Height, photo.Width, 3).to(ScalarType.Float32).permute(0, 3, 1, 2).Over(127.5)
            .Minus(1)
            .contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>How bright each cell of a mask is, 0 to 1 [1, 1, h, w]; in the current scope.</summary>
    /// <param name="mask">[1, 3, H, W], −1 to 1.</param>
    /// <param name="factor">Pixels of a cell's side.</param>
    public static Tensor Cells(Tensor mask, int factor)
    {
        using var scope = NewDisposeScope();
        return F.avg_pool2d(mask.amax([1], keepdim: true).Plus(1).Over(2), factor).MoveToOuterDisposeScope();
    }

    /// <summary>A picture from [3, H, W] in [-1, 1]; values outside are clamped, steps rounded.</summary>
    /// <exception cref="NotFiniteException">A pixel is NaN or infinite: it would come out black.</exception>
    public static Picture ToPicture(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        if (!HostRead.Flag(pixels.isfinite().all()))
        {
            throw new NotFiniteException(
                "The picture came out as numbers that are not finite (NaN): the base model or the checkpoint is damaged, "
                + "or half precision ran over (then --precision fp32 draws it).");
        }
        var bytes = pixels.AtLeast(-1).AtMost(1).Plus(1).Times(127.5).round().to(ScalarType.Byte).permute(1, 2, 0);
        return new((int)pixels.shape[2], (int)pixels.shape[1], HostRead.Bytes(bytes));
    }

    /// <summary>Decodes a photo and makes it the model's square.</summary>
    /// <exception cref="InvalidDataException">The photo cannot be decoded; the message names it.</exception>
    public static Picture Square(PhotoFile photo, int size, OptionValues options) =>
        Pictures.Square.Fit(PictureCodec.Decode(photo.Content, photo.Name), size, FitOf(options));

    /// <summary>What is said about a photo, its mask as the model's square.</summary>
    /// <exception cref="InvalidDataException">The mask cannot be decoded, or has another shape than the photo.</exception>
    public static PhotoNote NoteOn(PhotoFile photo, int size, OptionValues options)
    {
        if (photo.Mask is not { } bytes) return photo.Caption is null ? PhotoNote.Nothing : new(photo.Caption, null);
        var name = $"mask of {photo.Name}";
        var (mask, whole) = (PictureCodec.Decode(bytes, name), PictureCodec.Decode(photo.Content, photo.Name));
        if (Math.Abs((double)mask.Width * whole.Height - (double)mask.Height * whole.Width) > mask.Width + mask.Height)
            throw new InvalidDataException(
                $"The {name} is {mask.Width} × {mask.Height} px and the photo {whole.Width} × {whole.Height} px; wanted the same shape.");
        return new(photo.Caption, Pictures.Square.Fit(mask, size, FitOf(options), fill: 0));
    }

    /// <summary>What <see cref="TrainingOption.Resize"/> names.</summary>
    public static SquareFit FitOf(OptionValues options) => options.Get(TrainingOption.Resize) switch
    {
        "squash" => SquareFit.Squash,
        "letterbox" => SquareFit.Letterbox,
        _ => SquareFit.Crop,
    };

    /// <summary>
    /// The reference latents of a square photo [1, C, h, w]: a posterior sample whose noise depends on the pixels
    /// alone, so that caches hit and pictures repeat.
    /// </summary>
    public static Tensor ReferenceLatents(BaseModel model, Picture photo)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(BitConverter.ToUInt64(SHA256.HashData(photo.Rgb)));
        var noise = NewTensor.Normal([1, .. model.LatentShape], generator, model.Device);
        return model.Vae.Sample(model.Vae.Moments(From(photo, model.Device)), noise).MoveToOuterDisposeScope();
    }
}
