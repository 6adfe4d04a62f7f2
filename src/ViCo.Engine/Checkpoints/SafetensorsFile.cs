using System.Buffers.Binary;

namespace ViCo.Engine.Checkpoints;

/// <summary>
/// Reads tensors from a safetensors file, mapped into memory, or from bytes. Dispose it when the tensors wanted are
/// loaded: they are copies, or keep the mapping.
/// </summary>
/// <remarks>Opening checks the whole header (see <see cref="SafetensorsHeader"/>); reading afterwards cannot leave the file.</remarks>
internal sealed unsafe class SafetensorsFile : IWeightFile
{
    /// <summary>First words of a Git LFS pointer, the text that stands in place of a file that git did not fetch.</summary>
    private static ReadOnlySpan<byte> LfsPointer => "version https://git-lfs"u8;

    private readonly FileBytes _bytes;
    private readonly string _file;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly Dictionary<ScalarType, Tensor> _mapped = [];
    private readonly string? _temporary;
    private byte* _data;

    /// <param name="temporary">Path of a temporary file that is deleted with this object; null: none.</param>
    private SafetensorsFile(FileBytes bytes, string? temporary = null)
    {
        (_bytes, _file, _temporary) = (bytes, bytes.Name, temporary);
        var (length, file) = (bytes.Length, _file);
        var start = bytes.Start;
        try
        {
            if (length < 8)
                throw SafetensorsHeader.Defect(file, $"{length} bytes are too few; the header's length alone takes 8");
            if (new ReadOnlySpan<byte>(start, (int)Math.Min(length, LfsPointer.Length)).SequenceEqual(LfsPointer))
                throw SafetensorsHeader.Defect(file,
                    "it is a git-lfs pointer, not the file itself: run git lfs pull, or fetch the model with vico models pull");
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(new(start, 8));
            if (headerLength > SafetensorsHeader.MaxBytes)
                throw SafetensorsHeader.Defect(file,
                    $"the header claims {headerLength} bytes; at most {SafetensorsHeader.MaxBytes} are read");
            if ((long)headerLength > length - 8)
                throw SafetensorsHeader.Defect(file,
                    $"the header claims {headerLength} bytes, but only {length - 8} follow: the file is cut short");

            var json = new ReadOnlySpan<byte>(start + 8, (int)headerLength).ToArray();
            (var entries, Metadata) = SafetensorsHeader.Parse(json, length - 8 - json.Length, file);
            _data = start + 8 + json.Length;
            _entries = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
            Names = [.. entries.Select(e => e.Name).Order(StringComparer.Ordinal)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Maps the file at <paramref name="path"/>; pages are read as tensors are loaded.</summary>
    /// <exception cref="InvalidDataException">The file is not a well-formed safetensors file; the message says where.</exception>
    public static SafetensorsFile Open(string path) => Map(path, path, temporary: null);

    /// <summary>As <see cref="Open(string)"/>; what lies elsewhere is copied into a temporary file first.</summary>
    /// <exception cref="InvalidDataException">As there.</exception>
    public static SafetensorsFile Open(StoredFile stored)
    {
        if (stored.Path is { } path) return Map(path, stored.Name, temporary: null);
        var copy = Path.GetTempFileName();
        try
        {
            using (var from = stored.Open())
            using (var to = File.Create(copy))
                from.CopyTo(to);
            return Map(copy, stored.Name, temporary: copy);
        }
        catch
        {
            File.Delete(copy);
            throw;
        }
    }

    private static SafetensorsFile Map(string path, string name, string? temporary)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw SafetensorsHeader.Defect(name, "the file is empty");           // an empty file cannot be mapped

        return new(FileBytes.Map(path, name), temporary);
    }

    /// <summary>Reads from bytes in memory, which must not change until this object is disposed.</summary>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">The bytes are not a well-formed safetensors file; the message says where.</exception>
    public static SafetensorsFile FromBytes(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.IsEmpty)
            throw SafetensorsHeader.Defect(name, "the file is empty");
        return new(FileBytes.Of(bytes, name));
    }

    /// <summary>Path or name, for messages.</summary>
    public string Name => _file;

    /// <summary>All tensors, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Type and shape of a tensor without reading it.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name.</exception>
    public SafetensorsEntry this[string name] =>
        _entries.TryGetValue(name, out var entry) ? entry
            : throw SafetensorsHeader.Defect(_file, $"there is no tensor '{name}' among its {_entries.Count}");

    TensorInfo IWeightFile.Info(string name) => new(this[name].DType, this[name].Shape);

    /// <summary>A tensor's raw little-endian bytes, valid until this object is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var entry = this[name];
        ObjectDisposedException.ThrowIf(_data == null, this);
        if (entry.ByteLength > int.MaxValue)
            throw SafetensorsHeader.Defect(_file, $"tensor '{name}' has {entry.ByteLength} bytes; one span holds at most {int.MaxValue}");
        return new(_data + entry.Offset, (int)entry.ByteLength);
    }

    /// <summary>A copy of the tensor as float32 on the CPU, whatever number type is stored. The caller's dispose scope owns it.</summary>
    public Tensor Load(string name) => Load(name, ScalarType.Float32);

    /// <summary>A copy of the tensor as <paramref name="dtype"/> on the CPU. The caller's dispose scope owns it.</summary>
    public Tensor Load(string name, ScalarType dtype)
    {
        var stored = LoadAsStored(name);
        if (stored.dtype == dtype)
            return stored;
        using (stored)
            return stored.to(dtype);
    }

    /// <summary>A copy of the tensor in its stored type on the CPU. The caller's dispose scope owns it.</summary>
    public Tensor LoadAsStored(string name)
    {
        var entry = this[name];
        ObjectDisposedException.ThrowIf(_data == null, this);
        var tensor = NewTensor.Empty([.. entry.Shape], entry.DType, CPU);
        Copy(_data + entry.Offset, tensor, SafetensorsDType.Size(entry.DType));
        return tensor;
    }

    /// <inheritdoc/>
    public Tensor Borrow(string name)
    {
        var entry = this[name];
        ObjectDisposedException.ThrowIf(_data == null, this);
        var (offset, size) = (_data - _bytes.Start + entry.Offset, SafetensorsDType.Size(entry.DType));
        // Bytes in memory are their owner's to change; a mapping of numbers has no place between two of them; none have no place at all.
        if (!_bytes.IsMapped || offset % size != 0 || entry.ByteLength == 0) return LoadAsStored(name);
        using var part = Mapped(entry.DType).narrow(0, offset / size, entry.ByteLength / size);
        return part.view([.. entry.Shape]);
    }

    /// <inheritdoc/>
    public void MakeResident(ScalarType dtype)
    {
        if (!_mapped.TryGetValue(dtype, out var numbers)) return;
        MappedPages.MakeResident(Start(numbers), numbers.numel() * SafetensorsDType.Size(dtype), _file);
    }

    /// <summary>
    /// The whole file as numbers of one type, mapped by torch: a tensor cannot be built over a mapping of ours without a copy.
    /// </summary>
    private Tensor Mapped(ScalarType dtype)
    {
        if (_mapped.TryGetValue(dtype, out var numbers)) return numbers;
        numbers = from_file(_temporary ?? _file, shared: false, _bytes.Length / SafetensorsDType.Size(dtype), dtype)
            .DetachFromDisposeScope();
        _mapped.Add(dtype, numbers);
        // By its name: another file may have taken it since the header was checked.
        var header = (int)(_data - _bytes.Start) / SafetensorsDType.Size(dtype) * SafetensorsDType.Size(dtype);
        if (!new ReadOnlySpan<byte>(Start(numbers), header).SequenceEqual(new(_bytes.Start, header)))
            throw SafetensorsHeader.Defect(_file, "it was replaced while it was being read; load it again");
        return numbers;
    }

    /// <summary>Torch's own memory: nothing moves it.</summary>
    private static byte* Start(Tensor numbers)
    {
        using var first = numbers.narrow(0, 0, 1);
        fixed (byte* start = first.bytes) return start;
    }

    /// <summary>With all cores where it is worth it: most of the time goes into pages touched for the first time, on either side.</summary>
    private static void Copy(byte* from, Tensor to, int elementSize)
    {
        const long Piece = 1 << 20;                              // bytes
        using var flat = to.view(-1);
        if (flat.numel() == 0) return;
        var target = Start(flat);
        var bytes = flat.numel() * elementSize;
        var pieces = (bytes + Piece - 1) / Piece;
        if (pieces < 4)
        {
            Buffer.MemoryCopy(from, target, bytes, bytes);
            return;
        }
        Parallel.For(0, pieces, i =>
            Buffer.MemoryCopy(from + i * Piece, target + i * Piece, bytes - i * Piece, Math.Min(Piece, bytes - i * Piece)));
    }

    public void Dispose()
    {
        _data = null;
        foreach (var numbers in _mapped.Values)
            numbers.Dispose();
        _mapped.Clear();
        _bytes.Dispose();
        if (_temporary is not null) File.Delete(_temporary);
    }
}
