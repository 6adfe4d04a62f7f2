namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>What a tensor of a LoRA file is.</summary>
/// <param name="Network">A network's name in <see cref="Models.NetworkLayer"/>.</param>
/// <param name="Path">The layer's, as in diffusers.</param>
internal sealed record LoraKey(string Network, string Path, LoraRole Role);
