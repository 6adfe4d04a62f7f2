using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ViCo.Engine.Checkpoints;

/// <summary>Writes safetensors. The same tensors and metadata give the same bytes, whatever order they arrive in.</summary>
/// <remarks>Data are ordered as the reference implementation does it, widest elements first, then by name, so that every tensor is aligned.</remarks>
internal static class SafetensorsWriter
{
    /// <summary>Writes <paramref name="tensors"/>, which stay the caller's, in their own types; other devices are copied from.</summary>
    public static void Write(Stream output, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors
            .OrderByDescending(t => SafetensorsDType.Size(t.Value.dtype))
            .ThenBy(t => t.Key, StringComparer.Ordinal)
            .ToList();
        var header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        output.Write(length);
        output.Write(header);
        foreach (var (_, tensor) in ordered)
            WriteData(output, tensor);
    }

    /// <summary>As <see cref="Write"/>, in memory.</summary>
    public static byte[] ToBytes(IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static ReadOnlySpan<byte> Header(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
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
            foreach (var (name, tensor) in tensors)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"Tensor name '{name}' is used twice or reserved.", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsDType.Name(tensor.dtype));
                json.WriteStartArray("shape");
                foreach (var d in tensor.shape)
                    json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.numel() * SafetensorsDType.Size(tensor.dtype);
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
        var flat = tensor.detach().cpu().contiguous().view(-1);
        const long Piece = 1 << 27;                     // elements: spans end at 2 GB, tensors need not
        for (var at = 0L; at < flat.numel(); at += Piece)
        {
            using var part = flat.narrow(0, at, Math.Min(Piece, flat.numel() - at));
            output.Write(part.bytes);
        }
    }
}
