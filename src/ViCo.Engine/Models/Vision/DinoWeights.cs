using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Models.Vision;

/// <summary>Fills a <see cref="DinoVisionTransformer"/> from a file with transformers' keys or with those of the official code.</summary>
internal static partial class DinoWeights
{
    /// <summary>Loads a folder's <c>config.json</c> and <c>model.safetensors</c>, frozen.</summary>
    /// <exception cref="InvalidDataException">The weights do not fit; all misfits are listed.</exception>
    public static DinoVisionTransformer Load(string folder)
    {
        var model = new DinoVisionTransformer(DinoConfig.From(ConfigJson.Read(Path.Combine(folder, "config.json"))));
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            Load(model, file);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Fills and freezes the model.</summary>
    public static void Load(DinoVisionTransformer model, SafetensorsFile file)
    {
        if (!file.Contains("cls_token"))
        {
            // Transformers' pooler is random in published DINO files.
            StateDict.LoadFrozen(model, file, key => key.StartsWith("pooler.", StringComparison.Ordinal) ? null : WithoutPrefix(key));
            return;
        }

        using var renamed = SafetensorsFile.FromBytes(ToTransformersKeys(file), file.Name);
        StateDict.LoadFrozen(model, renamed);
    }

    /// <summary>The same weights under transformers' keys: <c>qkv</c> becomes three.</summary>
    private static byte[] ToTransformersKeys(SafetensorsFile file)
    {
        using var scope = NewDisposeScope();
        var renamed = new List<KeyValuePair<string, Tensor>>();
        foreach (var key in file.Names)
        {
            var tensor = file.LoadAsStored(key);
            var stacked = StackedProjection.Match(key);
            if (stacked.Success && tensor.shape[0] % 3 == 0)
            {
                foreach (var (part, name) in tensor.chunk(3).Zip(["query", "key", "value"]))
                    renamed.Add(new($"encoder.layer.{stacked.Groups[1].Value}.attention.attention.{name}.{stacked.Groups[2].Value}", part));
            }
            else
            {
                renamed.Add(new(Rename(key), tensor));
            }
        }

        return SafetensorsWriter.ToBytes(renamed);
    }

    private static string Rename(string key) => Block.Replace(key, "encoder.layer.$1.") switch
    {
        "cls_token" => "embeddings.cls_token",
        "pos_embed" => "embeddings.position_embeddings",
        var k when k.StartsWith("patch_embed.proj.", StringComparison.Ordinal) =>
            k.Replace("patch_embed.proj.", "embeddings.patch_embeddings.projection.", StringComparison.Ordinal),
        var k when k.StartsWith("norm.", StringComparison.Ordinal) => "layer" + k,
        var k => k
            .Replace(".norm1.", ".layernorm_before.", StringComparison.Ordinal)
                .Replace(".norm2.", ".layernorm_after.", StringComparison.Ordinal)
            .Replace(".attn.proj.", ".attention.output.dense.", StringComparison.Ordinal)
            .Replace(".mlp.fc1.", ".intermediate.dense.", StringComparison.Ordinal)
                .Replace(".mlp.fc2.", ".output.dense.", StringComparison.Ordinal),
    };

    private static string WithoutPrefix(string key) => key.StartsWith("vit.", StringComparison.Ordinal) ? key[4..] : key;

    [GeneratedRegex(@"^blocks\.(\d+)\.attn\.qkv\.(weight|bias)$")]
    private static partial Regex StackedProjection { get; }

    [GeneratedRegex(@"^blocks\.(\d+)\.")]
    private static partial Regex Block { get; }
}
