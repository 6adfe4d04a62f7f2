namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>How one program names the tensors of low-rank pairs.</summary>
/// <param name="Name">What users call its files.</param>
/// <param name="AlphaInTensors">Whether each layer's alpha is a tensor of its own; else the header tells it.</param>
internal sealed record LoraNaming(string Name, Func<LoraKey, string> KeyOf, bool AlphaInTensors = false);
