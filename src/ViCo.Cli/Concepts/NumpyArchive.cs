using System.IO.Compression;

namespace ViCo.Cli.Concepts;

/// <summary>Arrays in one file: <c>numpy.load(file)["layer14"]</c>.</summary>
internal static class NumpyArchive
{
    /// <summary>A <c>.npz</c>; the same arrays give the same bytes.</summary>
    public static byte[] ToNpz(IEnumerable<NumpyArray> arrays)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var array in arrays)
            {
                var entry = zip.CreateEntry($"{array.Name}.npy");
                entry.LastWriteTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);          // as numpy itself writes
                using var content = entry.Open();
                content.Write(array.ToNpy());
            }
        }

        return stream.ToArray();
    }
}
