using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Engine.Methods.Oft;

/// <summary>
/// PEFT's folder: <c>adapter_model.safetensors</c>, a triangle of numbers per layer, and <c>adapter_config.json</c>, which says
/// whether they mean the exact rotation or a series.
/// </summary>
internal sealed partial class PeftOftFile : IConceptFormat
{
    private const string Config = "adapter_config.json", Prefix = "base_model.model.", End = ".oft_R.weight";

    /// <summary>PEFT's own default, which counts where no configuration lies beside the file.</summary>
    private const int UsualTerms = 5;

    public string Name => "oft-peft";

    public ConceptPiece? Read(IWeightFile file)
    {
        if (!file.Names.Any(n => n.Contains(".oft_R.", StringComparison.Ordinal))) return null;
        using var scope = NewDisposeScope();
        var rotations = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var key in file.Names)
        {
            if (Key.Match(key) is not { Success: true } match)
                throw ConceptImport.Unknown(file, $"beside PEFT's rotations it holds '{key}'");
            var numbers = file.Load(key);
            if (numbers.Dimensions != 2 || UpperTriangle.Side(numbers.shape[1]) is null)
                throw new InvalidDataException(
                    $"'{file.Name}': '{key}' is [{string.Join(", ", numbers.shape)}]; wanted [blocks, side (side - 1) / 2].");
            var r = UpperTriangle.Matrices(numbers);
            rotations[Rotations.KeyOf(match.Groups["path"].Value)] = (r.shape[0] == 1 ? r.squeeze(0) : r).MoveToOuterDisposeScope();
        }
        return new(null, rotations) { StandsAlone = true, Said = Terms(file) };
    }

    public IReadOnlyList<string> Write(ConceptWeights concept, string path, string? placeholder)
    {
        var rotations = concept.Others.Where(t => t.Key.EndsWith(Rotations.Mark, StringComparison.Ordinal)).ToList();
        if (rotations.Count == 0) throw new InvalidDataException($"{concept.Source}: OFT's file holds rotations, and it has none.");
        var options = concept.Metadata is { } own ? TrainingOptions.FromJson(own.OptionsJson).Values : concept.Said;
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(path);
        var (weights, config) = (Path.Combine(path, "adapter_model.safetensors"), Path.Combine(path, Config));
        NewFile.Refuse(config);
        NewFile.Write(weights, output => SafetensorsWriter.Write(
            output,
            rotations.Select(t => KeyValuePair.Create($"{Prefix}{Rotations.PathOf(t.Key)}{End}", UpperTriangle.Numbers(t.Value))),
            new Dictionary<string, string> { ["format"] = "pt" }));
        var targets = rotations.Select(t => LowRank.End(Rotations.PathOf(t.Key))).Distinct().Order(StringComparer.Ordinal);
        var text = Settings([.. targets], rotations[0].Value, options).ToJsonString(new() { WriteIndented = true });
        NewFile.Write(config, output => output.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        return [weights, config];
    }

    private static OptionValues Terms(IWeightFile file)
    {
        var path = Path.Combine(Path.GetDirectoryName(file.Name) ?? "", Config);
        int? terms = UsualTerms;
        if (File.Exists(path))
        {
            try
            {
                using var json = JsonDocument.Parse(File.ReadAllText(path));
                terms = json.RootElement.TryGetProperty("use_cayley_neumann", out var series) && !series.GetBoolean() ? null
                    : json.RootElement.TryGetProperty("num_cayley_neumann_terms", out var count) ? count.GetInt32() : UsualTerms;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"'{path}' does not read: {e.Message}", e);
            }
        }
        if (terms is < 3) throw new InvalidDataException($"'{path}' asks for {terms} terms of the series; wanted 3 or more.");
        // PEFT takes three terms as four.
        return terms is { } told ? OptionValues.None.With(OftOption.OftTerms, Math.Max(told, 4)) : OptionValues.None;
    }

    private static JsonObject Settings(IReadOnlyList<string> targets, Tensor r, OptionValues options)
    {
        var terms = options.Get(OftOption.OftTerms);
        return new()
        {
            ["peft_type"] = "OFT", ["r"] = r.Dimensions == 3 ? r.shape[0] : options.Get(OftOption.OftBlocks),
            ["oft_block_size"] = 0, ["module_dropout"] = 0.0,
            ["target_modules"] = new JsonArray([.. targets.Select(end => JsonValue.Create(end))]), ["bias"] = "none",
            // The numbers are within their limit already. PEFT measures it otherwise and would turn them back.
            ["block_share"] = r.Dimensions == 2, ["coft"] = false, ["eps"] = 6e-5,
            ["use_cayley_neumann"] = terms is not null, ["num_cayley_neumann_terms"] = terms ?? UsualTerms, ["inference_mode"] = true,
        };
    }

    [GeneratedRegex(@"^(?:base_model\.model\.)?(?:unet\.)?(?<path>(?:down_blocks|mid_block|up_blocks)\..+)\.oft_R(?:\.\w+)?\.weight$")]
    private static partial Regex Key { get; }
}
