using ViCo.Engine.Models;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>
/// A file that <c>torch.save</c> wrote, in either container: the saved object as data, and its tensors.
/// Dispose it when what is wanted is loaded.
/// </summary>
/// <remarks>
/// As weights, its names are those of the state dict: the file's dict of tensors, or the one under <c>state_dict</c> where checkpoints keep
/// it beside the training's state. Other values there are not weights and have no names here.
/// </remarks>
internal sealed class TorchFile : IWeightFile
{
    private readonly FileBytes _file;
    private readonly TorchArchive _archive;
    private readonly Dictionary<string, PickleTensor> _weights = new(StringComparer.Ordinal);

    private TorchFile(FileBytes file)
    {
        _file = file;
        try
        {
            _archive = TorchArchive.Read(file);
            if (StateDict(_archive.Root) is { } dict)
            {
                foreach (var (key, value) in dict.Entries)
                {
                    if (key is string name && value is PickleTensor tensor)
                        _weights[name] = tensor;
                }
            }

            Names = [.. _weights.Keys.Order(StringComparer.Ordinal)];
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Maps the file at <paramref name="path"/>; pages are read as tensors are loaded.</summary>
    /// <exception cref="InvalidDataException">It is no such file, is damaged, or asks for more than
    /// data; the message says where.</exception>
    public static TorchFile Open(string path) => new(FileBytes.Map(path));

    /// <summary>Reads from bytes in memory, which must not change until this object is disposed.</summary>
    /// <inheritdoc cref="Open"/>
    public static TorchFile FromBytes(ReadOnlyMemory<byte> bytes, string name) => new(FileBytes.Of(bytes, name));

    public string Name => _file.Name;

    /// <summary>What was saved: null, bool, long, BigInteger, double, string, byte[], or one of the Pickle… classes.</summary>
    public object? Root => _archive.Root;

    public IReadOnlyList<string> Names { get; }

    public TensorInfo Info(string name) => new(Find(name).Storage.DType, Find(name).Shape);

    public Tensor LoadAsStored(string name) => Load(Find(name));

    /// <summary>
    /// A contiguous copy of a tensor found in <see cref="Root"/>, in its stored type. The caller's dispose scope owns it.
    /// </summary>
    public Tensor Load(PickleTensor tensor)
    {
        var storage = tensor.Storage;
        var size = SafetensorsDType.Size(storage.DType);
        if (!_archive.Storages.TryGetValue(storage.Key, out var range))
            throw Defect($"there is no storage '{storage.Key}'");
        if (range.Length != storage.Elements * size)
        {
            throw Defect($"storage '{storage.Key}' has {range.Length} bytes; its {storage.Elements} elements of {storage.DType} need "
                + $"{storage.Elements * size}");
        }

        var first = range.Offset + ((storage.ViewOffset + tensor.Offset) * size);
        if (tensor.IsContiguous)
        {
            var whole = NewTensor.Empty(tensor.Shape, storage.DType, CPU);
            Fill(whole, first, size);
            return whole;
        }

        using var scope = NewDisposeScope();
        var span = NewTensor.Empty([tensor.Extent], storage.DType, CPU);
        Fill(span, first, size);
        return span.as_strided(tensor.Shape, tensor.Strides).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose() => _file.Dispose();

    private void Fill(Tensor target, long offset, int size)
    {
        // In pieces: spans end at 2 GB, tensors need not.
        using var flat = target.view(-1);
        const long Piece = 1 << 27;
        for (var at = 0L; at < flat.numel(); at += Piece)
        {
            var count = Math.Min(Piece, flat.numel() - at);
            using var part = flat.narrow(0, at, count);
            var bytes = part.bytes;
            _file.Span(offset + (at * size), (int)(count * size)).CopyTo(bytes);
            if (_archive.IsBigEndian)
                ReverseElements(bytes, size);
        }
    }

    private static void ReverseElements(Span<byte> bytes, int size)
    {
        for (var at = 0; size > 1 && at < bytes.Length; at += size)
            bytes.Slice(at, size).Reverse();
    }

    private static PickleDict? StateDict(object? root) =>
        root is PickleDict dict && dict.TryGet("state_dict", out var inner) && inner is PickleDict state ? state : root as PickleDict;

    private PickleTensor Find(string name) =>
        _weights.TryGetValue(name, out var tensor) ? tensor : throw Defect($"there is no tensor '{name}' among its {_weights.Count}");

    private InvalidDataException Defect(string what) => new($"PyTorch file '{_file.Name}': {what}.");
}
