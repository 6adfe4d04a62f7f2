using ViCo.Options;

namespace ViCo.Engine.Generation;

/// <summary>The size of the pictures of one sampling, in pixels.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>
    /// Pictures have at most this many times the pixels that the base model was trained at: attention among P cells takes P² steps.
    /// </summary>
    private const int MaxAreas = 4;

    public static long MaxPixels(int native) => (long)MaxAreas * native * native;

    /// <summary>What a request asks for; a side it leaves open is the base model's.</summary>
    /// <param name="native">Side that the base model was trained at.</param>
    /// <param name="multiple">What its networks need sides to be multiples of.</param>
    /// <exception cref="ArgumentException">A side is no such multiple, or the picture is too large; the
    /// message says what is wanted.</exception>
    public static PictureSize Of(GenerationRequest request, int native, int multiple)
    {
        var (width, height) = (Side(SamplingOption.Width), Side(SamplingOption.Height));
        var most = MaxPixels(native);
        return (Int128)width * height <= most ? new((int)width, (int)height) : throw new ArgumentException(
            $"{width} × {height} px are asked for; wanted at most {most} pixels, {MaxAreas} times the {native} × {native} px that "
                + $"this base model was trained at.");

        // Unchecked by the option's own range: what this model wants is the better answer.
        long Side(OptionSpec side) => request.Options.Find(side.Name) is not long found ? native
            : found >= multiple && found % multiple == 0 ? found
            : throw new ArgumentException(
                $"{side.Title} is {found}; wanted a multiple of {multiple} px for this base model, "
                + $"such as {Math.Max((long)Math.Round((double)found / multiple), 1) * multiple}.");
    }
}
