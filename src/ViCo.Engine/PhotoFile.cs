namespace ViCo.Engine;

/// <summary>One photo as uploaded (PNG, JPEG or WebP bytes) with the name that error messages use.</summary>
public sealed record PhotoFile(string Name, ReadOnlyMemory<byte> Content);
