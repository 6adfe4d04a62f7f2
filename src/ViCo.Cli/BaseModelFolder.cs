using System.Text.Json;

namespace ViCo.Cli;

/// <summary>A base model's sizes as its configuration files state them, read without loading a weight.</summary>
internal sealed record BaseModelFolder(int ImageSize, int LatentChannels, int LatentSize, int TextWidth)
{
    /// <exception cref="InvalidDataException">A configuration file is missing or lacks a size.</exception>
    public static BaseModelFolder Read(string folder)
    {
        if (File.Exists(folder))
            throw new InvalidDataException(
                $"Base model '{folder}' is a single file; the platform takes a folder: vico models convert {folder} --out models/NAME "
                + $"makes one.");
        try
        {
            using var unet = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "unet", "config.json")));
            using var vae = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vae", "config.json")));
            var latent = unet.RootElement.GetProperty("sample_size").GetInt32();
            // Every level of the auto-encoder but the last halves the picture.
            var factor = 1 << (vae.RootElement.GetProperty("block_out_channels").GetArrayLength() - 1);
            return new(
                latent * factor, unet.RootElement.GetProperty("in_channels").GetInt32(), latent,
                unet.RootElement.GetProperty("cross_attention_dim").GetInt32());
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"Base model '{folder}': {e.Message}", e);
        }
    }
}
