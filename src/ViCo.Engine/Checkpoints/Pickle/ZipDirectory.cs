using System.Buffers.Binary;
using System.Text;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>
/// The records of a zip file whose entries are stored as they are, each checked to lie in the file and to share no byte with another.
/// </summary>
/// <remarks>
/// PKWARE APPNOTE 6.3, with zip64. Compressed entries are refused, as PyTorch never writes them: so nothing can unpack to more than the
/// file holds. The framework's own ZipArchive does not tell where an entry's bytes are, and weights are read in place.
/// </remarks>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, Locator64Length = 20, End64Length = 56, EntryLength = 46, LocalLength = 30;
    private const int MaxEntries = 200_000, MaxNameLength = 512;
    private const ushort Zip64Extra = 1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly FileBytes _file;
    private readonly Dictionary<string, (long Offset, long Length)> _entries = new(StringComparer.Ordinal);

    public ZipDirectory(FileBytes file)
    {
        _file = file;
        var (start, end, count) = FindDirectory();
        var at = start;
        var ranges = new List<(long Start, long End, string Name)>();
        for (var i = 0L; i < count; i++)
        {
            var entry = ReadEntry(ref at, end);
            var data = FindData(entry, start);
            if (!_entries.TryAdd(entry.Name, (data, entry.Length)))
                throw Defect($"entry '{entry.Name}' appears twice");
            ranges.Add((entry.Header, data + entry.Length, entry.Name));
        }

        CheckOverlap(ranges);
    }

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Where an entry's bytes are in the file.</summary>
    public bool TryFind(string name, out (long Offset, long Length) range) => _entries.TryGetValue(name, out range);

    public InvalidDataException Defect(string what) => new($"PyTorch file '{_file.Name}': {what}.");

    private (long Start, long End, long Count) FindDirectory()
    {
        var tailLength = (int)Math.Min(_file.Length, EndLength + ushort.MaxValue);
        var tail = _file.Span(_file.Length - tailLength, tailLength);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var record = tail[at..];
            // The comment must reach exactly to the end of the file: a signature within it is none.
            if (U32(record) == EndSignature && EndLength + U16(record[20..]) == record.Length)
                return ReadEnd(record, _file.Length - tail.Length + at);
        }

        throw Defect("the zip archive has no end record: it is cut short");
    }

    private (long Start, long End, long Count) ReadEnd(ReadOnlySpan<byte> record, long at)
    {
        long count = U16(record[10..]), size = U32(record[12..]), start = U32(record[16..]);
        if (U16(record[4..]) is not (0 or 0xFFFF) || U16(record[8..]) != U16(record[10..]))
            throw Defect("the zip archive spans several disks");
        var limit = at;
        if (at >= Locator64Length && _file.Span(at - Locator64Length, Locator64Length) is var locator && U32(locator) == Locator64Signature)
        {
            var at64 = I64(locator[8..], "the place of the zip64 end record");
            if (at64 > at - Locator64Length - End64Length)
                throw Defect($"the zip64 end record at byte {at64} lies beyond its locator");
            var end64 = _file.Span(at64, End64Length);
            if (U32(end64) != End64Signature)
                throw Defect($"there is no zip64 end record at byte {at64}");
            count = I64(end64[32..], "the number of entries");
            size = I64(end64[40..], "the directory's size");
            start = I64(end64[48..], "the directory's place");
            limit = at64;
        }

        if (count > MaxEntries)
            throw Defect($"the zip archive has {count} entries; at most {MaxEntries} are read");
        if (start > limit || size > limit - start || count * EntryLength > size)
            throw Defect(
                $"the zip directory of {count} entries at bytes {start} to {start + (decimal)size} does not fit before byte {limit}");
        return (start, start + size, count);
    }

    private (string Name, long Header, long Length) ReadEntry(ref long at, long end)
    {
        if (end - at < EntryLength || _file.Span(at, EntryLength) is var fixedPart && U32(fixedPart) != EntrySignature)
            throw Defect($"the zip directory is broken at byte {at}");
        var entry = _file.Span(at, EntryLength);
        int nameLength = U16(entry[28..]), extraLength = U16(entry[30..]), commentLength = U16(entry[32..]);
        if (end - at - EntryLength < nameLength + extraLength + commentLength)
            throw Defect($"the zip directory is broken at byte {at}");
        var name = Name(_file.Span(at + EntryLength, nameLength));
        if ((U16(entry[8..]) & 0x2041) != 0)
            throw Defect($"entry '{name}' is encrypted");
        if (U16(entry[10..]) != 0)
            throw Defect(
                $"entry '{name}' is compressed (method {U16(entry[10..])}); PyTorch stores entries as they are, and only such are read");

        long compressed = U32(entry[20..]), length = U32(entry[24..]), header = U32(entry[42..]);
        var extra = Zip64Fields(_file.Span(at + EntryLength + nameLength, extraLength), name);
        // Of the zip64 fields, those are there whose 32-bit place is full, in this order.
        var next = 0;
        Widen(ref length, extra, ref next, name);
        Widen(ref compressed, extra, ref next, name);
        Widen(ref header, extra, ref next, name);
        if (compressed != length)
            throw Defect($"entry '{name}' is stored, yet has {compressed} bytes in the file and {length} outside");
        at += EntryLength + nameLength + extraLength + commentLength;
        return (name, header, length);
    }

    private long FindData((string Name, long Header, long Length) entry, long directory)
    {
        if (entry.Header > directory - LocalLength || _file.Span(entry.Header, LocalLength) is var fixedPart
            && U32(fixedPart) != LocalSignature)
            throw Defect($"entry '{entry.Name}' has no header at byte {entry.Header}");
        var local = _file.Span(entry.Header, LocalLength);
        int nameLength = U16(local[26..]), extraLength = U16(local[28..]);
        var data = entry.Header + LocalLength + nameLength + extraLength;
        if (data > directory || entry.Length > directory - data)
            throw Defect(
                $"entry '{entry.Name}' of {entry.Length} bytes at byte {data} reaches into the directory or beyond the end: the file "
                + $"is cut short");
        if (Name(_file.Span(entry.Header + LocalLength, nameLength)) is var name && name != entry.Name)
            throw Defect($"entry '{entry.Name}' calls itself '{name}' at byte {entry.Header}");
        if (U16(local[8..]) != 0)
            throw Defect($"entry '{entry.Name}' is compressed by its own header and stored by the directory");
        return data;
    }

    private void CheckOverlap(List<(long Start, long End, string Name)> ranges)
    {
        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start < ranges[i - 1].End)
                throw Defect($"entries '{ranges[i - 1].Name}' and '{ranges[i].Name}' share bytes");
        }
    }

    private string Name(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxNameLength)
            throw Defect($"an entry's name has {bytes.Length} bytes; wanted 1 to {MaxNameLength}");
        string name;
        try
        {
            name = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Defect("an entry's name is not UTF-8");
        }

        if (name.AsSpan().ContainsAny('\\', ':', '\0') || name.Any(char.IsControl)
            || name.Split('/').Any(part => part is "" or "." or ".."))
            throw Defect($"entry '{new string([.. name.Select(c => char.IsControl(c) ? '?' : c)])}' is not a plain relative path");
        return name;
    }

    private ReadOnlySpan<byte> Zip64Fields(ReadOnlySpan<byte> extra, string name)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra), length = U16(extra[2..]);
            if (length > extra.Length - 4)
                throw Defect($"entry '{name}' has a broken extra field");
            if (id == Zip64Extra)
                return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }

        return [];
    }

    private void Widen(ref long value, ReadOnlySpan<byte> extra, ref int next, string name)
    {
        if (value != uint.MaxValue)
            return;
        if (extra.Length < next + 8)
            throw Defect($"entry '{name}' lacks its zip64 field");
        value = I64(extra[next..], $"a zip64 field of entry '{name}'");
        next += 8;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private long I64(ReadOnlySpan<byte> bytes, string what) => BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= 0 and var value
        ? value
        : throw Defect($"{what} is beyond 2^63");
}
