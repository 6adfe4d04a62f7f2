namespace ViCo.Grains.Storage;

/// <summary>A blob's bytes and the ETag they were read under.</summary>
public sealed record Blob(ReadOnlyMemory<byte> Content, string ETag);
