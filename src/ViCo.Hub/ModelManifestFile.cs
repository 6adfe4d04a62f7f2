namespace ViCo.Hub;

/// <param name="Path">Below the model's folder, with <c>/</c>.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record ModelManifestFile(string Path, long Size, string Sha256);
