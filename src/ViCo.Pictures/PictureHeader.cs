using System.Buffers.Binary;
using System.Text;

namespace ViCo.Pictures;

/// <summary>
/// Reads headers of PNG, JPEG and WebP in managed code, so that nothing else sees a file that breaks a limit or is cut short.
/// </summary>
/// <remarks>PNG: W3C PNG 3rd edition. JPEG: ITU T.81, annex B. WebP: RFC 9649. Orientation: EXIF 2.3, tag 0x0112.</remarks>
internal static class PictureHeader
{
    /// <summary>The header, or why there is none: a code and a clause that follows the photo's name.</summary>
    public readonly record struct Result(PictureInfo? Info, string Code, string Clause)
    {
        public static implicit operator Result(PictureInfo info) => new(info, "", "");
    }

    private static readonly (string Prefix, string Name)[] KnownOthers =
    [
        ("GIF8", "a GIF image"), ("BM", "a BMP image"), ("II*\0", "a TIFF image"), ("MM\0*", "a TIFF image"), ("%PDF", "a PDF document"),
        ("<svg", "an SVG drawing"), ("<?xml", "an XML file"), ("<!DO", "a web page"), ("<htm", "a web page"),
        ("PK\u0003\u0004", "a ZIP archive"),
    ];

    /// <summary>
    /// Each scan of a progressive JPEG costs a walk over all of its blocks, however few bytes it has. Encoders make about 10.
    /// </summary>
    private const int MaxScans = 64;

    /// <summary>
    /// A narrower picture has no pixel in some of Adam7's passes, which the codec library does not expect: it would never end.
    /// </summary>
    private const int MinInterlacedWidth = 5;

    public static Result Read(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
            return new(null, "empty", "is empty");
        try
        {
            if (file.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
                return ReadPng(file);
            if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
                return ReadJpeg(file);
            if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8))
                return ReadWebP(file);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            // Past the end: every length that the file states is followed by a slice of that length.
            return CutShort;
        }

        return new(null, "unsupported-type", $"is {Describe(file)}; wanted PNG, JPEG or WebP");
    }

    private static Result CutShort => new(null, "damaged", "is cut short or damaged");

    private static Result Damaged(string what) => new(null, "damaged", $"is damaged: {what}");

    private static Result ReadPng(ReadOnlySpan<byte> file)
    {
        if (!file[12..16].SequenceEqual("IHDR"u8))
            return Damaged("its first PNG chunk is not IHDR");
        var width = BinaryPrimitives.ReadUInt32BigEndian(file[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(file[20..]);
        if (file[28] == 1 && width < MinInterlacedWidth)
            return Damaged($"it is interlaced and {width} px wide, which leaves passes without a pixel");
        var frames = 1;
        var orientation = 1;
        for (var at = 8L; ;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
            if (at + 12 + length > file.Length)
                return CutShort;
            var kind = file.Slice((int)at + 4, 4);
            var data = file.Slice((int)at + 8, (int)length);
            if (kind.SequenceEqual("IEND"u8))
                return Sized(PictureFormat.Png, width, height, frames, orientation);
            if (kind.SequenceEqual("IHDR"u8) && at > 8)
                return Damaged("it has a second header");
            if (kind.SequenceEqual("acTL"u8))
                frames = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data), int.MaxValue);
            else if (kind.SequenceEqual("eXIf"u8))
                orientation = Orientation(data);
            at += 12 + length;
        }
    }

    private static Result ReadJpeg(ReadOnlySpan<byte> file)
    {
        uint width = 0, height = 0;
        var orientation = 1;
        var scans = 0;
        for (var at = 2; ;)
        {
            // Between segments, and inside entropy-coded data, look for the next marker: FF, then neither 00 nor FF.
            var found = file[at..].IndexOf((byte)0xFF);
            if (found < 0)
                return CutShort;
            at += found + 1;
            while (file[at..][0] == 0xFF)
                at++;
            var marker = file[at++];
            switch (marker)
            {
                case 0x00 or 0x01 or (>= 0xD0 and <= 0xD8):
                    continue;
                case 0xD9:
                    return scans > 0 ? Sized(PictureFormat.Jpeg, width, height, 1, orientation) : Damaged("it holds no picture data");
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            if (length < 2)
                return Damaged($"a JPEG segment claims {length} bytes");
            var data = file.Slice(at + 2, length - 2);
            switch (marker)
            {
                case 0xC3 or (>= 0xC5 and <= 0xC7) or (>= 0xC9 and <= 0xCF and not 0xCC):
                    return new(null, "unsupported-type",
                        "is a lossless, hierarchical or arithmetic-coded JPEG; wanted a baseline or progressive one");
                case >= 0xC0 and <= 0xC2:
                    if (height != 0)
                        return Damaged("it has a second header");
                    height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]);
                    width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
                    break;
                case 0xE1 when data.StartsWith("Exif\0\0"u8):
                    orientation = Orientation(data[6..]);
                    break;
                case 0xDA:
                    if (++scans > MaxScans)
                        return Damaged($"its picture comes in more than {MaxScans} scans");
                    break;
            }

            at += length;
        }
    }

    private static Result ReadWebP(ReadOnlySpan<byte> file)
    {
        var end = 8L + BinaryPrimitives.ReadUInt32LittleEndian(file[4..]);
        if (end > file.Length)
            return CutShort;
        uint width = 0, height = 0;
        var frames = 0;
        var orientation = 1;
        for (var at = 12L; at + 8 <= end;)
        {
            var kind = file.Slice((int)at, 4);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[((int)at + 4)..]);
            if (at + 8 + length > end)
                return CutShort;
            var data = file.Slice((int)at + 8, (int)length);
            if (kind.SequenceEqual("VP8X"u8))
                (width, height) = (1 + UInt24(data[4..]), 1 + UInt24(data[7..]));
            else if (kind.SequenceEqual("VP8 "u8))
                (width, height, frames) = Larger(width, height, BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFFu,
                    BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFFu, frames + 1);
            else if (kind.SequenceEqual("VP8L"u8))
                (width, height, frames) = Larger(width, height, (BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) & 0x3FFF) + 1,
                    ((BinaryPrimitives.ReadUInt32LittleEndian(data[1..]) >> 14) & 0x3FFF) + 1, frames + 1);
            else if (kind.SequenceEqual("ANMF"u8))
                frames++;
            else if (kind.SequenceEqual("EXIF"u8))
                orientation = Orientation(data.StartsWith("Exif\0\0"u8) ? data[6..] : data);
            at += 8 + length + (length & 1);
        }

        return frames == 0 ? Damaged("it holds no picture data") : Sized(PictureFormat.WebP, width, height, frames, orientation);
    }

    private static (uint Width, uint Height, int Frames) Larger(uint width, uint height, uint otherWidth, uint otherHeight, int frames) =>
        (Math.Max(width, otherWidth), Math.Max(height, otherHeight), frames);

    private static uint UInt24(ReadOnlySpan<byte> bytes) => bytes[..3] is var b ? b[0] | ((uint)b[1] << 8) | ((uint)b[2] << 16) : 0;

    private static Result Sized(PictureFormat format, uint width, uint height, int frames, int orientation) =>
        width is 0 or > int.MaxValue || height is 0 or > int.MaxValue
            ? Damaged($"it claims {width} × {height} px")
            : new PictureInfo(format, (int)width, (int)height, Math.Max(frames, 1), orientation);

    /// <summary>1 to 8; anything unreadable is 1, since a picture is worth more than its metadata.</summary>
    private static int Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return 1;
        var little = tiff.StartsWith("II*\0"u8);
        if (!little && !tiff.StartsWith("MM\0*"u8))
            return 1;
        var at = UInt32(tiff[4..], little);
        if (at > tiff.Length - 2)
            return 1;
        var directory = tiff[(int)at..];
        var entries = UInt16(directory, little);
        for (var i = 0; i < entries && 2 + (12 * (i + 1)) <= directory.Length; i++)
        {
            var entry = directory.Slice(2 + (12 * i), 12);
            const int OrientationTag = 0x0112, Short = 3;
            if (UInt16(entry, little) == OrientationTag && UInt16(entry[2..], little) == Short
                && UInt16(entry[8..], little) is >= 1 and <= 8 and var value)
                return value;
        }

        return 1;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static string Describe(ReadOnlySpan<byte> file)
    {
        var start = Encoding.Latin1.GetString(file[..Math.Min(file.Length, 16)]);
        if (Array.Find(KnownOthers, k => start.StartsWith(k.Prefix, StringComparison.OrdinalIgnoreCase)) is { Name: { } name })
            return name;
        if (start.Length >= 12 && start[4..8] == "ftyp")
            return start[8..12] is "heic" or "heix" or "mif1" or "msf1" ? "an HEIC image" : start[8..12] is "avif"
                or "avis" ? "an AVIF image" : "a video";
        return "no picture that is known here";
    }
}
