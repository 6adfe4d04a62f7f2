using ViCo.Engine;

namespace ViCo.Silo.Gpus;

/// <param name="Digest">SHA-256, lower-case hex.</param>
internal sealed record WrittenFile(string Path, long Bytes, string Digest)
{
    /// <summary>As a request names it.</summary>
    public StoredFile Named(string name) => StoredFile.At(Path, name) with { Digest = Digest };
}
