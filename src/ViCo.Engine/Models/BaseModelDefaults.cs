using System.Text.Json;

namespace ViCo.Engine.Models;

/// <summary>What a base model's <c>vico.json</c> says about itself: its name and the training and sampling defaults that suit it.</summary>
public sealed record BaseModelDefaults
{
    // By reflection: generated readers set every init-only member, those that the file omits to null or zero.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip };

    /// <summary>Name that pictures and checkpoints carry, such as <c>toybox</c>.</summary>
    public string Name { get; init; } = "stable-diffusion-v1";

    /// <summary>A sentence for users: what this model cannot be expected to do; or null.</summary>
    public string? Limits { get; init; }

    /// <summary>Training defaults; a member that the file omits takes the ViCo paper's value.</summary>
    public TrainingDefaults Training { get; init; } = new();

    /// <summary>Sampling defaults.</summary>
    public SamplingDefaults Sampling { get; init; } = new();

    /// <summary>Reads <c>vico.json</c> of a base model's folder; without that file the paper's values for Stable Diffusion hold.</summary>
    /// <exception cref="InvalidDataException">The file is not valid JSON of this shape.</exception>
    public static BaseModelDefaults Read(string folder)
    {
        var path = Path.Combine(folder, "vico.json");
        if (!File.Exists(path))
            return new() { Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) };
        try
        {
            return JsonSerializer.Deserialize<BaseModelDefaults>(File.ReadAllText(path), Json)
                ?? throw new InvalidDataException($"'{path}' holds null; wanted an object.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not a base model description: {e.Message}", e);
        }
    }
}

/// <summary>Training defaults of a base model. The values here are the ViCo paper's for Stable Diffusion.</summary>
public sealed record TrainingDefaults
{
    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 400;

    /// <summary>Samples per step.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>AdamW rate of S★.</summary>
    public double EmbeddingLearningRate { get; init; } = 5e-3;

    /// <summary>AdamW rate of the image blocks.</summary>
    public double BlockLearningRate { get; init; } = 1e-5;

    /// <summary>AdamW's decoupled weight decay, both groups.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>λ of the regulariser.</summary>
    public double RegularizationWeight { get; init; } = 5e-4;

    /// <summary>How image blocks start: <c>default</c> or <c>zero_output</c>.</summary>
    public string BlockInitialization { get; init; } = "default";

    /// <summary>Captions of training: <c>all</c> or <c>photo</c>.</summary>
    public string Captions { get; init; } = "all";
}

/// <summary>Sampling defaults of a base model. The values here are Stable Diffusion's.</summary>
public sealed record SamplingDefaults
{
    /// <summary>Denoising steps.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Classifier-free guidance scale.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>Guidance by the reference image; null: ViCo's published guidance.</summary>
    public double? ImageGuidanceScale { get; init; }

    /// <summary>The ViCo paper's.</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Spacing of timesteps; null: as the model's scheduler configuration says.</summary>
    public string? Spacing { get; init; }
}
