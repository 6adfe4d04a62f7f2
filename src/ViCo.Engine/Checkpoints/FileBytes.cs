using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace ViCo.Engine.Checkpoints;

/// <summary>The bytes of a file, mapped into memory, or given. Spans are valid until it is disposed.</summary>
internal sealed unsafe class FileBytes : IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private MemoryHandle _pin;
    private byte* _start;

    private FileBytes(string name, byte* start, long length, MemoryMappedFile? map, MemoryMappedViewAccessor? view, MemoryHandle pin)
    {
        Name = name;
        Length = length;
        _start = start;
        _map = map;
        _view = view;
        _pin = pin;
    }

    /// <summary>Path or name, for messages.</summary>
    public string Name { get; }

    public long Length { get; }

    public static FileBytes Map(string path)
    {
        var length = new FileInfo(path).Length;             // a missing file says so here
        if (length == 0)
            return new(path, null, 0, null, null, default); // an empty file cannot be mapped

        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            return new(path, start + view.PointerOffset, length, map, view, default);
        }
        catch
        {
            view?.Dispose();
            map.Dispose();
            throw;
        }
    }

    /// <param name="bytes">Must not change until this object is disposed.</param>
    /// <param name="name">What messages call the file.</param>
    public static FileBytes Of(ReadOnlyMemory<byte> bytes, string name)
    {
        var pin = bytes.Pin();
        return new(name, (byte*)pin.Pointer, bytes.Length, null, null, pin);
    }

    /// <summary>The caller has checked that the range lies in the file.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        ObjectDisposedException.ThrowIf(_start == null && Length > 0, this);
        return new(_start + offset, length);
    }

    public void Dispose()
    {
        _start = null;
        _pin.Dispose();
        if (_view is not null)
        {
            if (!_view.SafeMemoryMappedViewHandle.IsClosed)
                _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }

        _map?.Dispose();
    }
}
