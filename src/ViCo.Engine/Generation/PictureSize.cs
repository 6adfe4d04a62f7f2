namespace ViCo.Engine.Generation;

/// <summary>The size of the pictures of one sampling, in pixels.</summary>
internal readonly record struct PictureSize(int Width, int Height)
{
    /// <summary>Pictures have at most this many times the pixels that the base model was trained at: attention among P cells takes P² steps.</summary>
    private const int MaxAreas = 4;

    public static long MaxPixels(int native) => (long)MaxAreas * native * native;

    /// <summary>What a request asks for; a side it leaves open is the base model's.</summary>
    /// <param name="native">Side that the base model was trained at.</param>
    /// <param name="multiple">What its networks need sides to be multiples of.</param>
    /// <exception cref="ArgumentException">A side is no such multiple, or the picture is too large; the message says what is wanted.</exception>
    public static PictureSize Of(GenerationRequest request, int native, int multiple)
    {
        var size = new PictureSize(Side(request.Width, nameof(Width)), Side(request.Height, nameof(Height)));
        var most = MaxPixels(native);
        return (long)size.Width * size.Height <= most ? size : throw new ArgumentException(
            $"{size.Width} × {size.Height} px are asked for; wanted at most {most} pixels, {MaxAreas} times the {native} × {native} px that this base model was trained at.");

        int Side(int? asked, string name) => asked is not { } found ? native
            : found >= multiple && found % multiple == 0 ? found
            : throw new ArgumentException($"{name} is {found}; wanted a multiple of {multiple} px for this base model, such as {Math.Max((int)Math.Round((double)found / multiple), 1) * multiple}.");
    }
}
