using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>Reads a <c>.npz</c> by numpy's description of the format (NEP 1), version 1.0.</summary>
internal sealed partial record NumpyFile(string Type, IReadOnlyList<int> Shape, byte[] Content)
{
    public static Dictionary<string, NumpyFile> Read(string file)
    {
        using var zip = ZipFile.OpenRead(file);
        return zip.Entries.ToDictionary(e => Path.GetFileNameWithoutExtension(e.Name), e =>
        {
            Assert.EndsWith(".npy", e.Name, StringComparison.Ordinal);
            using var stream = e.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return Parse(bytes.ToArray());
        });
    }

    public T[] As<T>() where T : unmanaged
    {
        Assert.Equal(default(T) switch { bool => "|b1", int => "<i4", float => "<f4", _ => "<f8" }, Type);
        return MemoryMarshal.Cast<byte, T>(Content).ToArray();
    }

    private static NumpyFile Parse(byte[] npy)
    {
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], npy[..8]);
        var end = 10 + BinaryPrimitives.ReadUInt16LittleEndian(npy.AsSpan(8));
        Assert.Equal(0, end % 64);
        var match = Header().Match(Encoding.ASCII.GetString(npy, 10, end - 10));
        Assert.True(match.Success, "the header is a Python dictionary");
        int[] shape = [.. match.Groups["shape"].Value.Split(", ")
            .Select(s => int.Parse(s.TrimEnd(','), System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(shape.Aggregate(1, (a, b) => a * b) * (match.Groups["type"].Value[^1] - '0'), npy.Length - end);
        return new(match.Groups["type"].Value, shape, npy[end..]);
    }

    [GeneratedRegex(@"^\{'descr': '(?<type>[^']+)', 'fortran_order': False, 'shape': \((?<shape>\d+,|\d+(, \d+)+)\), \} *\n$")]
    private static partial Regex Header();
}
