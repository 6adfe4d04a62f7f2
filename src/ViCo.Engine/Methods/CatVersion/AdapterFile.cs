using System.Globalization;
using System.Text.Json.Nodes;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Engine.Methods.CatVersion;

/// <summary>
/// The folder that CatVersion's official code keeps an object in: <c>pytorch_adapter.bin</c>, which holds the prefix once per layer
/// and once more, and <c>adapter_config.json</c>.
/// </summary>
internal sealed class AdapterFile : IConceptFormat
{
    /// <summary>Text layers with a prefix there: always the last three of CLIP's twelve.</summary>
    public const int Layers = 3;

    private const int ClipLayers = 12, ClipWidth = 768;

    private const string Pool = "prefix_tunings.prefix_tuning1.clip_text_model_self_prefix.control_trans";
    private const string Prefix = $"prefix_tuning.{Pool}";

    public string Name => "catversion";

    public ConceptPiece? Read(IWeightFile file) => !file.Names.Contains(Prefix) ? null
        : file.Info(Prefix).Shape.Count == 1
            ? new(null, new Dictionary<string, Tensor> { [TextPrefix.Key] = file.Load(Prefix) }) { StandsAlone = true }
            : throw new InvalidDataException($"'{file.Name}': '{Prefix}' is {file.Info(Prefix)}; wanted one vector.");

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        if (!concept.Others.TryGetValue(TextPrefix.Key, out var rows))
            throw new InvalidDataException(
                $"{concept.Source}: CatVersion's official code needs a prefix of the text tower, and it has none.");
        var (length, width) = Shape(concept, rows);
        Directory.CreateDirectory(path);
        var (weights, config) = (Path.Combine(path, "pytorch_adapter.bin"), Path.Combine(path, "adapter_config.json"));
        NewFile.Refuse(config);
        NewFile.Write(weights, output =>
        {
            var dict = new PickleDict();
            foreach (var layer in Enumerable.Range(ClipLayers - Layers, Layers))
                dict.Set(OfLayer(layer), rows);
            dict.Set(Prefix, rows);
            TorchFileWriter.Write(output, dict);
        });
        NewFile.Write(config, output => output.Write(System.Text.Encoding.UTF8.GetBytes(Config(length, width).ToJsonString(new()
        {
            WriteIndented = true,
        }))));
        return [weights, config];
    }

    private static string OfLayer(int layer) =>
        string.Create(CultureInfo.InvariantCulture, $"text_model.encoder.layers.{layer}.self_attn.prefix_tuning.pool.{Pool}");

    /// <summary>What our own file says of its rows; a published one says it by its length, at the width of CLIP's tower.</summary>
    private static (long Length, long Width) Shape(ConceptWeights concept, Tensor rows)
    {
        if (concept.Metadata is not { } own) return (rows.numel() / (Layers * 2 * ClipWidth), ClipWidth);
        var options = TrainingOptions.FromJson(own.OptionsJson);
        if (options.Get(CatVersionOption.PrefixLayers) is var layers && layers != Layers)
            throw new InvalidDataException(
                $"{concept.Source}: its prefix is of {layers} text layers; CatVersion's official code reads one of {Layers}.");
        if (options.Get(CatVersionOption.PrefixBias) is var bias && bias != 1)
            throw new InvalidDataException(
                $"{concept.Source}: it was trained with a prefix bias of {bias}; CatVersion's official code always adds 1.");
        var length = options.Get(CatVersionOption.PrefixLength);
        return (length, rows.numel() / (length * Layers * 2));
    }

    private static JsonObject Config(long length, long width) => new()
    {
        ["config"] = new JsonObject
        {
            ["architecture"] = "prefix_tuning", ["bottleneck_size"] = 512, ["cross_prefix"] = true, ["dropout"] = 0.0,
            ["encoder_prefix"] = true, ["flat"] = true, ["leave_out"] = new JsonArray(), ["non_linearity"] = "tanh",
            ["prefix_length"] = length, ["shared_gating"] = true, ["use_gating"] = false,
        },
        ["hidden_size"] = width, ["model_class"] = "CLIPTextModel", ["model_name"] = null, ["model_type"] = "clip_text_model",
        ["name"] = "prefix_tuning1", ["version"] = "3.2.1",
    };
}
