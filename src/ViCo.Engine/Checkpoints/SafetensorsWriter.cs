using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ViCo.Engine.Checkpoints;

/// <summary>Writes safetensors. The same tensors and metadata give the same bytes, whatever order they arrive in.</summary>
/// <remarks>
/// Data are ordered as the reference implementation does it, widest elements first, then by name, so that every tensor is aligned.
/// </remarks>
internal static class SafetensorsWriter
{
    /// <summary>
    /// Writes <paramref name="tensors"/>, which stay the caller's, in their own types, one after another; other devices are copied from.
    /// </summary>
    public static void Write(Stream output, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string,
        string>? metadata = null) =>
        WriteLazily(output, tensors.Select(t => new LazyTensor(t.Key, t.Value.dtype, t.Value.shape, t.Value.alias)), metadata);

    /// <summary>As <see cref="Write"/>, in float16: half the bytes of float32.</summary>
    /// <exception cref="NotFiniteException">A number lies beyond what float16 holds.</exception>
    public static void WriteHalf(Stream output, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string,
        string>? metadata = null) =>
        WriteLazily(output, tensors.Select(t => new LazyTensor(t.Key, ScalarType.Float16, t.Value.shape, () => Half(t.Key, t.Value))),
            metadata);

    /// <summary>Writes tensors that are made one at a time, each when it is its turn: a model need not fit in memory twice.</summary>
    public static void WriteLazily(Stream output, IEnumerable<LazyTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var ordered = tensors
            .OrderByDescending(t => SafetensorsDType.Size(t.DType))
            .ThenBy(t => t.Name, StringComparer.Ordinal)
            .ToList();
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        output.Write(length);
        output.Write(header);
        foreach (var lazy in ordered)
        {
            using var scope = NewDisposeScope();
            var tensor = lazy.Make();
            if (tensor.dtype != lazy.DType || !tensor.shape.SequenceEqual(lazy.Shape))
                throw new ArgumentException(
                    $"Tensor '{lazy.Name}' is {tensor.dtype} [{string.Join(", ", tensor.shape)}]; {lazy.DType} "
                    + $"[{string.Join(", ", lazy.Shape)}] was announced.", nameof(tensors));
            WriteData(output, tensor);
        }
    }

    /// <summary>The file in memory.</summary>
    public static byte[] ToBytes(IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static Tensor Half(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var half = HostRead.Copy(tensor).to(ScalarType.Float16);
        return HostRead.Flag(half.isfinite().all())
            ? half.MoveToOuterDisposeScope()
            : throw new NotFiniteException(
                $"Tensor '{name}' holds numbers that are not finite in float16, which ends at 65,504: leave half precision out.");
    }

    private static ReadOnlySpan<byte> Header(List<LazyTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            var offset = 0L;
            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            foreach (var (name, dtype, shape, _) in tensors)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"Tensor name '{name}' is used twice or reserved.", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsDType.Name(dtype));
                json.WriteStartArray("shape");
                foreach (var d in shape)
                    json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += shape.Aggregate(1L, (a, b) => a * b) * SafetensorsDType.Size(dtype);
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Data start at a multiple of 8; the format allows spaces after the JSON.
        while (buffer.WrittenCount % 8 != 0)
            buffer.Write(" "u8);
        return buffer.WrittenSpan;
    }

    /// <summary>The tensor's numbers, row-major and little-endian; another device is copied from.</summary>
    internal static void WriteData(Stream output, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var flat = HostRead.Copy(tensor).view(-1);
        const long Piece = 1 << 27;                     // elements: spans end at 2 GB, tensors need not
        for (var at = 0L; at < flat.numel(); at += Piece)
        {
            using var part = flat.narrow(0, at, Math.Min(Piece, flat.numel() - at));
            output.Write(part.bytes);
        }
    }
}
