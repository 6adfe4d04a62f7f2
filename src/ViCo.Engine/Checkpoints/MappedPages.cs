using System.Runtime.InteropServices;

namespace ViCo.Engine.Checkpoints;

/// <summary>Pages of a mapped file.</summary>
internal static unsafe partial class MappedPages
{
    private const long Piece = 1 << 25;                          // bytes: enough to read ahead of, few enough for every core to get some
    private const int WillNeed = 3, PopulateRead = 22;           // MADV_* on Linux
    private const int Invalid = 22;                              // EINVAL: Linux before 5.14

    /// <summary>Reads the pages with all cores, so that what uses them afterwards neither waits for the disk nor faults.</summary>
    /// <param name="start">Of the mapping, on a page's border.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="file">What messages call the file.</param>
    /// <exception cref="IOException">A page cannot be read.</exception>
    public static void MakeResident(byte* start, long length, string file)
    {
        var error = 0;
        Parallel.For(0, (length + Piece - 1) / Piece, i =>
        {
            var at = start + i * Piece;
            var bytes = Math.Min(Piece, length - i * Piece);
            if (Populate(at, bytes) is var found && found == Invalid) Touch(at, bytes);
            else if (found != 0) error = found;
        });
        if (error != 0) throw new IOException(
            $"'{file}' cannot be read to its end (error {error} of madvise): the disk fails, or the file was cut short meanwhile.");
    }

    /// <summary>0, or the system's error.</summary>
    private static int Populate(byte* start, long bytes)
    {
        if (!OperatingSystem.IsLinux()) return Invalid;
        _ = Advise(start, (nuint)bytes, WillNeed);               // in large requests; a fault alone reads little ahead
        return Advise(start, (nuint)bytes, PopulateRead) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void Touch(byte* start, long bytes)
    {
        for (var i = 0L; i < bytes; i += Environment.SystemPageSize)
            _ = Volatile.Read(ref start[i]);
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(byte* start, nuint length, int advice);
}
