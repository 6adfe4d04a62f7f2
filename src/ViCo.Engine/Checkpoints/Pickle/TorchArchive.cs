using System.Numerics;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>One of PyTorch's two containers: a pickled object and the storages that its tensors lie in.</summary>
/// <param name="Root">What was saved, as data.</param>
/// <param name="Storages">Bytes in the file of each root storage, by key.</param>
/// <param name="IsBigEndian">Storages were written by a big-endian machine.</param>
internal sealed record TorchArchive(object? Root, IReadOnlyDictionary<string, (long Offset, long Length)> Storages, bool IsBigEndian)
{
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", null);
    private const long LegacyProtocol = 1001;

    public static TorchArchive Read(FileBytes file)
    {
        if (file.Length == 0)
            throw Defect(file, "the file is empty");
        var start = file.Span(0, (int)Math.Min(4, file.Length));
        return start switch
        {
            [(byte)'P', (byte)'K', ..] => ReadZip(file),
            [(byte)PickleOpcode.Proto, ..] => ReadLegacy(file),
            _ => throw Defect(file, $"it starts with {Convert.ToHexString(start)}; wanted a zip archive or a pickle"),
        };
    }

    private static TorchArchive ReadZip(FileBytes file)
    {
        var zip = new ZipDirectory(file);
        var pickles = zip.Names.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal) && n.Count(c => c == '/') == 1).ToList();
        if (pickles.Count != 1)
            throw Defect(file, $"the zip archive has {pickles.Count} entries FOLDER/data.pkl; wanted one");
        var folder = pickles[0][..^"data.pkl".Length];
        if (zip.TryFind($"{folder}constants.pkl", out _))
            throw Defect(file, "it holds a TorchScript program; wanted weights saved by torch.save");

        zip.TryFind(pickles[0], out var pickle);
        if (pickle.Length > PickleReader.MaxBytes)
            throw Defect(file, $"its data.pkl has {pickle.Length} bytes; at most {PickleReader.MaxBytes} are read");
        var root = new PickleReader(file.Span(pickle.Offset, (int)pickle.Length), file.Name).Read(out var used);
        if (used != pickle.Length)
            throw Defect(file, $"{pickle.Length - used} bytes follow the pickle in its data.pkl");

        var data = $"{folder}data/";
        var storages = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        foreach (var name in zip.Names.Where(n => n.StartsWith(data, StringComparison.Ordinal)))
        {
            zip.TryFind(name, out var range);
            storages.Add(name[data.Length..], range);
        }

        return new(root, storages, IsBigEndianZip(file, zip, $"{folder}byteorder"));
    }

    private static bool IsBigEndianZip(FileBytes file, ZipDirectory zip, string entry)
    {
        if (!zip.TryFind(entry, out var range))
            return false;                                       // before PyTorch 2.1 there was only one order
        var order = file.Span(range.Offset, (int)Math.Min(range.Length, 8));
        return order.SequenceEqual("big"u8) || (order.SequenceEqual("little"u8) ? false
            : throw Defect(file, "its byteorder is neither little nor big"));
    }

    /// <summary>
    /// Before PyTorch 1.6: four pickles (magic, protocol, machine, object), one with the storages'
    /// keys, then each storage's length and bytes.
    /// </summary>
    private static TorchArchive ReadLegacy(FileBytes file)
    {
        var at = 0L;
        if (Next(out _) is not BigInteger magic || magic != LegacyMagic)
            throw Defect(file, "it is a pickle, but not one of PyTorch's: its first value is not their magic number");
        if (Next(out _) is not LegacyProtocol)
            throw Defect(file, $"its protocol is not {LegacyProtocol}");
        if (Next(out _) is not PickleDict)
            throw Defect(file, "its description of the machine is not a dict");
        var root = Next(out var mentioned);
        if (Next(out _) is not PickleList keys)
            throw Defect(file, "its list of storages is not a list");

        // A block tells its length in elements; the object's persistent ids tell of which type.
        var sizes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var storage in mentioned)
            sizes[storage.Key] = SafetensorsDType.Size(storage.DType);
        var storages = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        foreach (var item in keys.Items)
        {
            if (item is not string key || !sizes.TryGetValue(key, out var size))
                throw Defect(file, "its list of storages names one that the object does not mention");
            if (file.Length - at < 8)
                throw Defect(file, $"it is cut short before storage '{key}'");
            var elements = BitConverter.ToInt64(file.Span(at, 8));
            at += 8;
            if (elements < 0 || elements > (file.Length - at) / size)
                throw Defect(file,
                    $"storage '{key}' has {elements} elements of {size} bytes; {file.Length - at} bytes are left: it is cut short");
            if (!storages.TryAdd(key, (at, elements * size)))
                throw Defect(file, $"storage '{key}' appears twice");
            at += elements * size;
        }

        if (at != file.Length)
            throw Defect(file, $"{file.Length - at} bytes follow the last storage");
        return new(root, storages, IsBigEndian: false);         // legacy files are little-endian on every machine

        object? Next(out IReadOnlyList<PickleStorage> storages)
        {
            var reader = new PickleReader(file.Span(at, (int)Math.Min(file.Length - at, PickleReader.MaxBytes)), file.Name);
            var value = reader.Read(out var used);
            storages = reader.Storages;
            at += used;
            return value;
        }
    }

    private static InvalidDataException Defect(FileBytes file, string what) => new($"PyTorch file '{file.Name}': {what}.");
}
