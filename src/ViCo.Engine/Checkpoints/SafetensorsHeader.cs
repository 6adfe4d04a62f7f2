using System.Text.Json;

namespace ViCo.Engine.Checkpoints;

/// <summary>
/// Reads and checks a safetensors header: everything a hostile file could lie about is settled here, before a byte of data is read.
/// </summary>
/// <remarks>
/// As the format's reference implementation: tensors cover the data section from its first to its last byte, without holes or
/// overlaps; names are unique; bytes = elements × element size. https://huggingface.co/docs/safetensors.
/// </remarks>
internal static class SafetensorsHeader
{
    /// <summary>The reference implementation's own limit; SD 1.5's header has 0.1 MB.</summary>
    public const long MaxBytes = 100_000_000;

    /// <summary>More dimensions than torch can index.</summary>
    private const int MaxDimensions = 64;

    /// <param name="json">The header's bytes.</param>
    /// <param name="dataLength">Bytes that follow the header.</param>
    /// <param name="file">What messages call the file.</param>
    public static (IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Parse(
        ReadOnlyMemory<byte> json, long dataLength, string file)
    {
        if (json.IsEmpty || json.Span[0] != (byte)'{')
            throw Defect(file, "the header does not start with '{'");

        using var document = ParseJson(json, file);
        try
        {
            return Read(document, dataLength, file);
        }
        catch (InvalidOperationException e)             // what JsonElement says of an escaped or raw half of a character
        {
            throw new InvalidDataException($"Safetensors file '{file}': the header holds text that is not Unicode.", e);
        }
    }

    private static (IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Read(
        JsonDocument document, long dataLength, string file)
    {
        var entries = new List<SafetensorsEntry>();
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (!names.Add(member.Name))
                throw Defect(file, $"tensor '{member.Name}' appears twice in the header");

            if (member.Name == "__metadata__")
                ReadMetadata(member.Value, metadata, file);
            else
                entries.Add(ReadEntry(member.Name, member.Value, dataLength, file));
        }

        CheckCoverage(entries, dataLength, file);
        return (entries, metadata);
    }

    public static InvalidDataException Defect(string file, string what) => new($"Safetensors file '{file}': {what}.");

    private static JsonDocument ParseJson(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            return JsonDocument.Parse(json, new() { MaxDepth = 8 });
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Safetensors file '{file}': the header is not JSON ({e.Message}).", e);
        }
    }

    private static void ReadMetadata(JsonElement value, SortedDictionary<string, string> metadata, string file)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Defect(file, $"__metadata__ is {value.ValueKind}; wanted an object of strings");
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                throw Defect(file, $"__metadata__ '{member.Name}' is {member.Value.ValueKind}; wanted a string");
            if (!metadata.TryAdd(member.Name, member.Value.GetString()!))
                throw Defect(file, $"__metadata__ '{member.Name}' appears twice");
        }
    }

    private static SafetensorsEntry ReadEntry(string name, JsonElement value, long dataLength, string file)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Defect(file, $"tensor '{name}' is described by {value.ValueKind}; wanted an object");

        JsonElement? dtype = null, shape = null, offsets = null;
        foreach (var member in value.EnumerateObject())
        {
            ref var slot = ref dtype;
            switch (member.Name)
            {
                case "dtype": break;
                case "shape": slot = ref shape; break;
                case "data_offsets": slot = ref offsets; break;
                default: throw Defect(file, $"tensor '{name}' has an unknown member '{member.Name}'");
            }

            if (slot is not null)
                throw Defect(file, $"tensor '{name}' has '{member.Name}' twice");
            slot = member.Value;
        }

        if (dtype is not { ValueKind: JsonValueKind.String } d || SafetensorsDType.Parse(d.GetString()!) is not { } type)
            throw Defect(file, $"tensor '{name}' has dtype {dtype?.GetRawText() ?? "nothing"}; wanted one of {SafetensorsDType.AllNames}");
        var dimensions = Integers(shape, name, "shape", file);
        if (dimensions.Length > MaxDimensions)
            throw Defect(file, $"tensor '{name}' has {dimensions.Length} dimensions; at most {MaxDimensions} are possible");
        var range = Integers(offsets, name, "data_offsets", file);
        if (range.Length != 2)
            throw Defect(file, $"tensor '{name}' has {range.Length} data_offsets; wanted 2");

        var bytes = Bytes(dimensions, SafetensorsDType.Size(type));
        if (range[1] < range[0] || range[1] > dataLength)
            throw Defect(file,
                $"tensor '{name}' lies at bytes {range[0]} to {range[1]} of {dataLength}: the file is cut short or the header is wrong");
        if (bytes != range[1] - range[0])
        {
            throw Defect(file,
                $"tensor '{name}' ({d.GetString()} [{string.Join(", ", dimensions)}]) needs {bytes?.ToString() ?? "over 2^63"} bytes, "
                + $"but its data_offsets span {range[1] - range[0]}");
        }

        return new(name, type, dimensions, range[0], range[1] - range[0]);
    }

    private static long[] Integers(JsonElement? array, string name, string member, string file)
    {
        if (array is not { ValueKind: JsonValueKind.Array } a)
            throw Defect(file, $"tensor '{name}' has no {member} array");

        var values = new long[a.GetArrayLength()];
        var i = 0;
        foreach (var item in a.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out values[i]) || values[i] < 0)
                throw Defect(file, $"tensor '{name}' has {member}[{i}] = {item.GetRawText()}; wanted an integer from 0 to 2^63 - 1");
            i++;
        }

        return values;
    }

    /// <summary>Null when the product overflows.</summary>
    private static long? Bytes(long[] dimensions, int elementSize)
    {
        if (dimensions.Contains(0))
            return 0;
        Int128 product = elementSize;
        foreach (var d in dimensions)
        {
            product *= d;
            if (product > long.MaxValue)
                return null;
        }

        return (long)product;
    }

    private static void CheckCoverage(List<SafetensorsEntry> entries, long dataLength, string file)
    {
        var end = 0L;
        var previous = "the start";
        foreach (var entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.ByteLength))
        {
            if (entry.Offset < end)
                throw Defect(file, $"tensor '{entry.Name}' at byte {entry.Offset} overlaps {previous}, which ends at {end}");
            if (entry.Offset > end)
                throw Defect(file, $"bytes {end} to {entry.Offset}, between {previous} and tensor '{entry.Name}', belong to no tensor");
            end = entry.Offset + entry.ByteLength;
            previous = $"tensor '{entry.Name}'";
        }

        if (end != dataLength)
            throw Defect(file, $"{dataLength - end} bytes after {previous} belong to no tensor");
    }
}
