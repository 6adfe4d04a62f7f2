using System.Text.Json;
using ViCo.Engine.Models.Files;

namespace ViCo.Hub;

/// <summary>Where an installed model came from and what its files must be: <c>vico-source.json</c> in its folder.</summary>
/// <param name="Source">Hub id or address.</param>
/// <param name="Revision">The hub's commit; empty for an address.</param>
/// <param name="SourceSha256">Of the file that was downloaded, where the folder was made from one; empty otherwise.</param>
public sealed record ModelManifest(string Source, string Revision, string SourceSha256, IReadOnlyList<ModelManifestFile> Files)
{
    internal const string FileName = ModelConversion.SourceFile;

    internal static ModelManifest? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ManifestJson.Default.ModelManifest)
                ?? throw new InvalidDataException($"'{path}' holds null; wanted an object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a model manifest: {e.Message}", e);
        }
    }

    internal void Write(string folder) =>
        File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.ModelManifest));
}
