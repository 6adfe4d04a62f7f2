using System.Runtime.InteropServices;

namespace ViCo.Grains.Storage;

/// <summary>fsync of a directory: makes a rename, a creation or a deletion in it last. .NET has no call for it.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    public static void Flush(string directory)
    {
        // Windows journals directory changes itself and cannot open one for flushing.
        if (OperatingSystem.IsWindows()) return;

        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0) throw Failed();
        try
        {
            if (Sync(descriptor) != 0) throw Failed();
        }
        finally
        {
            _ = Close(descriptor);
        }

        IOException Failed() => new($"Folder '{directory}' cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
