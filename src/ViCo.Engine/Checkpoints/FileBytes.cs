using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace ViCo.Engine.Checkpoints;

/// <summary>The bytes of a file, mapped into memory, or given. Spans are valid until it is disposed.</summary>
internal sealed unsafe class FileBytes : IDisposable
{
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;
    private MemoryHandle _pin;
    private byte* _start;

    private FileBytes(string name, byte* start, long length)
    {
        Name = name;
        Length = length;
        _start = start;
    }

    /// <summary>Path or name, for messages.</summary>
    public string Name { get; }

    public long Length { get; }

    /// <summary>The first byte, until it is disposed; null where there is none.</summary>
    public byte* Start => _start;

    /// <summary>Whether it is a file that is mapped.</summary>
    public bool IsMapped => _view is not null;

    /// <param name="name">What messages call the file; null: its path.</param>
    public static FileBytes Map(string path, string? name = null)
    {
        var length = new FileInfo(path).Length;             // a missing file says so here
        if (length == 0)
            return new(name ?? path, null, 0);              // an empty file cannot be mapped

        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            // The view's own length is rounded up to a page: take the file's.
            return new(name ?? path, start + view.PointerOffset, length) { _map = map, _view = view };
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
        return new(name, (byte*)pin.Pointer, bytes.Length) { _pin = pin };
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
