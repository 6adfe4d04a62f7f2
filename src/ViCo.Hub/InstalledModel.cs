namespace ViCo.Hub;

/// <param name="Folder">Where it is.</param>
/// <param name="Manifest">Null for a model that was not pulled.</param>
public sealed record InstalledModel(string Name, string Folder, ModelManifest? Manifest, long Bytes);
