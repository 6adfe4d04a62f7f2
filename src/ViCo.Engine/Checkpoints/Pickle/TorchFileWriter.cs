using System.IO.Compression;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>Writes what <c>torch.load</c> reads: PyTorch's zip container. The same values give the same bytes.</summary>
internal static class TorchFileWriter
{
    /// <summary>The folder in the archive that PyTorch uses where it knows no file name.</summary>
    private const string Folder = "archive";

    private static readonly DateTimeOffset ZipEpoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="output">Must be seekable.</param>
    /// <param name="root">As <see cref="PickleWriter.Write"/> takes it; its tensors stay the caller's.</param>
    public static void Write(Stream output, object? root)
    {
        var (pickle, storages) = PickleWriter.Write(root);
        using var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true);
        Entry("data.pkl", stream => stream.Write(pickle));
        Entry("byteorder", stream => stream.Write("little"u8));
        for (var i = 0; i < storages.Count; i++)
        {
            var tensor = storages[i];
            Entry($"data/{i}", stream => SafetensorsWriter.WriteData(stream, tensor));
        }

        Entry("version", stream => stream.Write("3\n"u8));

        void Entry(string name, Action<Stream> write)
        {
            var entry = zip.CreateEntry($"{Folder}/{name}", CompressionLevel.NoCompression);
            entry.LastWriteTime = ZipEpoch;
            using var stream = entry.Open();
            write(stream);
        }
    }

    /// <summary>As <see cref="Write"/>, in memory.</summary>
    public static byte[] ToBytes(object? root)
    {
        using var stream = new MemoryStream();
        Write(stream, root);
        return stream.ToArray();
    }
}
