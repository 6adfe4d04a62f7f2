namespace ViCo.Engine;

/// <summary>One photo as uploaded (PNG, JPEG or WebP bytes) with the name that error messages use.</summary>
public sealed record PhotoFile(string Name, ReadOnlyMemory<byte> Content)
{
    /// <summary>What it is learned with, <c>*</c> for its object; null: a caption of the training's list.</summary>
    public string? Caption { get; init; }

    /// <summary>
    /// A picture over the photo, as large or of the same shape (PNG, JPEG or WebP bytes): the brighter, the more a place counts in the
    /// loss. Null: all of the photo counts alike.
    /// </summary>
    public ReadOnlyMemory<byte>? Mask { get; init; }
}
