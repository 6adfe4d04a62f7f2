using System.Runtime.InteropServices;

namespace ViCo.Engine.Checkpoints;

/// <summary>Tells whether a file has changed, without reading it.</summary>
/// <param name="Text">Equal for the same path while its length, times and, on Linux, inode are the same.</param>
/// <param name="Changed">When content, or on Linux anything about the file, changed last.</param>
internal sealed partial record FileStamp(string Text, DateTimeOffset Changed)
{
    /// <exception cref="IOException">The file cannot be looked at.</exception>
    public static FileStamp Of(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsLinux()) return OfLinux(full);
        var file = new FileInfo(File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full);
        return new($"{file.Length} {file.LastWriteTimeUtc.Ticks} {file.CreationTimeUtc.Ticks} {full}", file.LastWriteTimeUtc);
    }

    /// <summary>With the inode's own time, which archives and copies that keep a file's time do not set back.</summary>
    private static FileStamp OfLinux(string path)
    {
        const int here = -100;                                   // AT_FDCWD
        const uint wanted = 0x3C0;                               // STATX_MTIME, _CTIME, _INO, _SIZE
        if (Status(here, path, 0, wanted, out var s) != 0)
            throw new IOException($"'{path}' cannot be looked at (error {Marshal.GetLastPInvokeError()} of statx).");
        var changed = Math.Max(s.ModifiedSeconds, s.ChangedSeconds);
        return new(
            $"{s.Size} {s.ModifiedSeconds}.{s.ModifiedNanoseconds:000000000} {s.ChangedSeconds}.{s.ChangedNanoseconds:000000000} "
                + $"{s.Inode} {path}",
            DateTimeOffset.FromUnixTimeSeconds(changed + 1));    // rounded up
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Status(int folder, string path, int flags, uint mask, out LinuxStatus status);

    /// <summary>The parts wanted of <c>struct statx</c>, whose layout is the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct LinuxStatus
    {
        [FieldOffset(32)] public readonly ulong Inode;
        [FieldOffset(40)] public readonly ulong Size;
        [FieldOffset(96)] public readonly long ChangedSeconds;
        [FieldOffset(104)] public readonly uint ChangedNanoseconds;
        [FieldOffset(112)] public readonly long ModifiedSeconds;
        [FieldOffset(120)] public readonly uint ModifiedNanoseconds;
    }
}
