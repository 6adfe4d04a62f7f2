using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>What a LoRA file's header says of the scale, as PEFT writes it: one alpha per network, and others for some layers.</summary>
internal sealed class LoraAlphas
{
    private readonly JsonElement _json;

    private LoraAlphas(JsonElement json) => _json = json;

    /// <exception cref="InvalidDataException">The entry is no JSON object.</exception>
    public static LoraAlphas In(IWeightFile file)
    {
        if (file is not SafetensorsFile { Metadata: { } header } || !header.TryGetValue(LowRank.Metadata, out var text))
            return new(default);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return new(json.RootElement.Clone());
            throw new JsonException($"it is {json.RootElement.ValueKind}; wanted an object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file.Name}': its header's {LowRank.Metadata} does not read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Null where nothing is said, which means the rank. What PEFT divides by the rank's root (<c>use_rslora</c>, Kalajdzievski 2023,
    /// arXiv:2312.03732) comes as what divided by the rank is the same scale.
    /// </summary>
    public double? Of(string network, string path, long rank)
    {
        if (_json.ValueKind != JsonValueKind.Object) return null;
        foreach (var prefix in new[] { $"{network}.", "" })
        {
            var root = _json.TryGetProperty($"{prefix}use_rslora", out var rooted) && rooted.ValueKind == JsonValueKind.True;
            var factor = root ? Math.Sqrt(rank) : 1;
            if (_json.TryGetProperty($"{prefix}alpha_pattern", out var pattern) && pattern.ValueKind == JsonValueKind.Object)
            {
                foreach (var own in pattern.EnumerateObject())
                {
                    if ((path == own.Name || path.EndsWith($".{own.Name}", StringComparison.Ordinal)) && Number(own.Value) is { } alpha)
                        return alpha * factor;
                }
            }
            if (_json.TryGetProperty($"{prefix}lora_alpha", out var all) && Number(all) is { } told) return told * factor;
        }
        return null;
    }

    private static double? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number : null;
}
