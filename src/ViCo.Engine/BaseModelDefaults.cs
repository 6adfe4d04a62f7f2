using System.Text.Json;
using ViCo.Options;

namespace ViCo.Engine;

/// <summary>What a base model's <c>vico.json</c> says about itself: its name and the training and sampling defaults that suit it.</summary>
public sealed record BaseModelDefaults
{
    // By reflection: generated readers set every init-only member, those that the file omits to null or zero.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };

    /// <summary>Name that pictures and checkpoints carry, such as <c>toybox</c>.</summary>
    public string Name { get; init; } = "stable-diffusion-v1";

    /// <summary>A sentence for users: what this model cannot be expected to do; or null.</summary>
    public string? Limits { get; init; }

    /// <summary>
    /// Training defaults; an option that the file omits takes its own default, the ViCo paper's value for Stable Diffusion.
    /// </summary>
    public OptionValues Training { get; init; } = OptionValues.None;

    /// <summary>Sampling defaults.</summary>
    public OptionValues Sampling { get; init; } = OptionValues.None;

    /// <summary>Reads <c>vico.json</c> of a base model's folder; without that file the paper's values for Stable Diffusion hold.</summary>
    /// <exception cref="InvalidDataException">The file is not valid JSON of this shape, or an option in it does not
    /// exist or is out of its range.</exception>
    public static BaseModelDefaults Read(string folder, OptionCatalog? catalog = null)
    {
        catalog ??= OptionCatalog.Default;
        var path = Path.Combine(folder, "vico.json");
        if (!File.Exists(path))
            return new() { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) };
        try
        {
            var read = JsonSerializer.Deserialize<BaseModelDefaults>(File.ReadAllText(path), Json)
                ?? throw new InvalidDataException($"'{path}' holds null; wanted an object.");
            return read with
            {
                Training = Checked(catalog.Training, read.Training), Sampling = Checked(catalog.Sampling, read.Sampling),
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"'{path}' is not a base model description: {e.Message}", e);
        }
    }

    private static OptionValues Checked(OptionList list, OptionValues values) => list.Checked(list.Renamed(values));
}
