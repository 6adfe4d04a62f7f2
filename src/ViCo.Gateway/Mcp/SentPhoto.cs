using System.ComponentModel;

namespace ViCo.Gateway.Mcp;

/// <summary>A photo as a tool is given one.</summary>
/// <param name="Data">Its bytes in base64: PNG, JPEG or WebP.</param>
/// <param name="Url">In place of data: a picture or photo of this server.</param>
/// <param name="Name">Shown to people.</param>
[Description("A photo: its bytes, or the address of a picture or photo of this server.")]
internal sealed record SentPhoto(
    [property: Description("Base64 of a PNG, JPEG or WebP file.")] string? Data = null,
    [property: Description(
        "In place of data: /images/{id} or /concepts/{id}/photos/{id} of this server. Other addresses are not fetched.")] string? Url =
        null,
    [property: Description("Shown to people.")] string? Name = null);
