using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Checkpoints;

/// <summary>Opens a weight file by what it holds; its name may say anything.</summary>
internal static class WeightFiles
{
    /// <exception cref="InvalidDataException">It is neither safetensors nor PyTorch's, or is damaged; the message says where.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IWeightFile Open(string path) => IsTorch(path) ? TorchFile.Open(path) : SafetensorsFile.Open(path);

    /// <summary>Zip archives and pickles, unless it can be safetensors: a length under 4 GB, then the header's brace.</summary>
    private static bool IsTorch(string path)
    {
        Span<byte> start = stackalloc byte[9];
        using var file = File.OpenRead(path);
        var read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start[..read] is not [_, _, _, _, 0, 0, 0, 0, (byte)'{']
            && start[..read] is [(byte)'P', (byte)'K', ..] or [(byte)PickleOpcode.Proto, >= 2 and <= 5, ..];
    }
}
