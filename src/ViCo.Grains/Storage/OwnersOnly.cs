namespace ViCo.Grains.Storage;

/// <summary>Folders and files that only their owner can open: keys, photos and pictures lie in them.</summary>
/// <remarks>Windows has no such modes: there a folder's own rights say who opens it.</remarks>
public static class OwnersOnly
{
    private const UnixFileMode OfFile = UnixFileMode.UserRead | UnixFileMode.UserWrite, OfFolder = OfFile | UnixFileMode.UserExecute;

    private static readonly string _switch = $"{StorageOptions.Section}:{nameof(StorageOptions.OthersAllowed)}=true";

    /// <summary>Makes the folder for its owner alone, or takes others' rights away where it is there.</summary>
    /// <param name="othersAllowed">Leaves a folder that is there as it is: a mounted volume whose rights mean something else.</param>
    /// <exception cref="IOException">Others can open it, and that cannot be changed.</exception>
    public static void Close(string folder, bool othersAllowed)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }
        Directory.CreateDirectory(folder, OfFolder);
        var mode = File.GetUnixFileMode(folder);
        if (othersAllowed || (mode & ~OfFolder) == 0) return;
        Exception? why = null;
        try
        {
            File.SetUnixFileMode(folder, mode & OfFolder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            why = e;
        }
        // Some mounted volumes take a new mode and keep the old one.
        if ((File.GetUnixFileMode(folder) & ~OfFolder) != 0)
            throw new IOException($"Folder '{folder}' can be opened by others ({Octal(mode)}) and cannot be closed to them; wanted: 700. "
                + $"For a mounted volume set {_switch}.", why);
    }

    /// <summary>A new file, to be written from its beginning.</summary>
    /// <exception cref="IOException">There is such a file already.</exception>
    public static FileStream Create(string file)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OfFile;
        return new(file, options);
    }

    /// <summary>Refuses a file that others can read.</summary>
    /// <param name="othersAllowed">A mounted file whose rights mean something else.</param>
    /// <exception cref="InvalidDataException">They can.</exception>
    public static void Check(string file, bool othersAllowed)
    {
        if (OperatingSystem.IsWindows() || othersAllowed) return;
        var mode = File.GetUnixFileMode(file);
        if ((mode & ~OfFolder) != 0)
            throw new InvalidDataException($"File '{file}' can be opened by others ({Octal(mode)}); wanted: 600. "
                + $"Close it with chmod 600; for a mounted file set {_switch}.");
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);
}
