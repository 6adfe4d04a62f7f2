using System.Text.Json.Nodes;
using ViCo.Client;
using ViCo.Options;

namespace ViCo.Cli.Remote;

/// <summary>What this machine has, as a server takes it.</summary>
internal static class ForServers
{
    /// <summary>Options beside the other fields of a request.</summary>
    public static JsonObject ForServer(this OptionValues options) => (JsonObject)JsonNode.Parse(options.ToJson())!;

    /// <summary>Photos to upload.</summary>
    public static IReadOnlyList<PhotoFile> ForServer(this IEnumerable<Engine.PhotoFile> photos) =>
        [.. photos.Select(photo => new PhotoFile(photo.Name, photo.Content))];
}
