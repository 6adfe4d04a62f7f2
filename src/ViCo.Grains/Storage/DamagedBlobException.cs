namespace ViCo.Grains.Storage;

/// <summary>A blob does not read, or is not what its digest says. It stays so until somebody mends it.</summary>
[GenerateSerializer, Alias("vico.damaged-blob")]
public sealed class DamagedBlobException(string blob, string why) : Exception($"'{blob}' is damaged: {why}")
{
    /// <summary>Its name.</summary>
    [Id(0)] public string Blob { get; private set; } = blob;

    /// <summary>What is wrong with it, for people.</summary>
    [Id(1)] public string Why { get; private set; } = why;
}
