using ViCo.Cli.Plots;
using ViCo.Engine;
using ViCo.Pictures;
using ViCo.Pictures.Drawing;

namespace ViCo.Cli;

/// <summary>The pages that the verbs leave behind, as PNG bytes.</summary>
internal static class Pages
{
    /// <summary>The photos in the first row, then a row of pictures per prompt.</summary>
    public static byte[] Sheet(string title, IReadOnlyList<PhotoFile> photos, IReadOnlyList<string> prompts,
        IReadOnlyList<IReadOnlyList<byte[]>> pictures) =>
        ContactSheet.Draw(
            title,
            [
                new("the photos", [.. photos.Select(Decode)]),
                .. prompts.Zip(pictures, (prompt, row) => new SheetRow(prompt, [.. row.Select(png => PictureCodec.Decode(png, prompt))])),
            ]);

    public static Picture Decode(PhotoFile photo) => PictureCodec.Decode(photo.Content, photo.Name);
}
