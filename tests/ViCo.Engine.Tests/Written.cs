namespace ViCo.Engine.Tests;

/// <summary>Small files of tests, in memory.</summary>
internal static class Written
{
    /// <summary>What a writer writes.</summary>
    public static byte[] By(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    /// <summary>As a request names it.</summary>
    public static StoredFile Stored(this byte[] bytes, string name = "stored") => new(name, () => new MemoryStream(bytes, writable: false));
}
