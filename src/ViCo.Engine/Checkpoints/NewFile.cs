namespace ViCo.Engine.Checkpoints;

/// <summary>Writes files that appear whole or not at all, and never over what is there.</summary>
internal static class NewFile
{
    /// <param name="path">Must not exist; its folder must.</param>
    /// <exception cref="ArgumentException">The path is taken.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        Refuse(path);
        var staged = Staged(path);
        try
        {
            using (var output = File.Create(staged))
                write(output);
            File.Move(staged, path);
        }
        finally
        {
            File.Delete(staged);
        }
    }

    /// <exception cref="ArgumentException">The path is taken.</exception>
    public static void Refuse(string path)
    {
        if (Path.Exists(path))
            throw new ArgumentException($"'{Path.GetFullPath(path)}' exists; wanted a new name.");
    }

    /// <summary>A name beside the target, so that moving it there is one step.</summary>
    public static string Staged(string target)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        return Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.partial");
    }
}
