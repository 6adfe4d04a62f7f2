using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Engine.Models;
using static ViCo.Engine.OptionChecks;

namespace ViCo.Engine.Diffusion;

/// <summary>The options in force of one sampling: the request's, and where it leaves one open the base model's.</summary>
public sealed record SamplingOptions
{
    /// <summary>Denoising diffusion implicit models; takes an η.</summary>
    public const string Ddim = "ddim";

    /// <summary>Pseudo linear multi-step; diffusers' PNDM.</summary>
    public const string Plms = "plms";

    /// <summary>DPM-Solver++ (2M).</summary>
    public const string DpmSolver = "dpmpp-2m";

    /// <summary>Euler's method.</summary>
    public const string Euler = "euler";

    /// <summary>Euler's method with fresh noise in each step.</summary>
    public const string EulerAncestral = "euler-a";

    /// <summary>LDM's timesteps: as <see cref="Leading"/> with offset 1, but more than asked for where steps do not divide 1000.</summary>
    public const string Ldm = "ldm";

    /// <summary>Evenly from the first timestep on.</summary>
    public const string Leading = "leading";

    /// <summary>Evenly from the first timestep to the last.</summary>
    public const string Linspace = "linspace";

    /// <summary>Evenly from the last timestep down.</summary>
    public const string Trailing = "trailing";

    /// <summary>By noise levels that lie closer where there is less noise; not for <see cref="Ddim"/> and <see cref="Plms"/>.</summary>
    public const string Karras = "karras";

    /// <summary>Every sampler.</summary>
    public static IReadOnlyList<string> Samplers { get; } = [Ddim, Plms, DpmSolver, Euler, EulerAncestral];

    /// <summary>Every spacing of timesteps.</summary>
    public static IReadOnlyList<string> Spacings { get; } = [Ldm, Leading, Linspace, Trailing, Karras];

    /// <inheritdoc cref="GenerationRequest.Sampler"/>
    public required string Sampler { get; init; }

    /// <inheritdoc cref="GenerationRequest.Spacing"/>
    public required string Spacing { get; init; }

    /// <inheritdoc cref="GenerationRequest.Steps"/>
    public required int Steps { get; init; }

    /// <inheritdoc cref="GenerationRequest.GuidanceScale"/>
    public required double GuidanceScale { get; init; }

    /// <summary>Guidance by the reference image; null: ViCo's published guidance.</summary>
    public double? ImageGuidanceScale { get; init; }

    /// <inheritdoc cref="GenerationRequest.Eta"/>
    public double Eta { get; init; }

    /// <summary>Share of the finest blocks' tokens that is merged away, up to 0.75; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TokenMerging { get; init; }

    /// <summary>Fills what <paramref name="request"/> leaves open from the base model's <paramref name="defaults"/>.</summary>
    /// <exception cref="ArgumentException">There is no such option, or a value is out of its range; the message names it and what there is.</exception>
    public static SamplingOptions From(SamplingDefaults defaults, GenerationRequest request)
    {
        var options = new SamplingOptions
        {
            Sampler = OneOf(request.Sampler ?? defaults.Sampler, nameof(Sampler), [.. Samplers]),
            Spacing = OneOf(request.Spacing ?? defaults.Spacing ?? Leading, nameof(Spacing), [.. Spacings]),
            Steps = Check(request.Steps ?? defaults.Steps, 1, 1000, nameof(Steps)),
            GuidanceScale = Check(request.GuidanceScale ?? defaults.GuidanceScale, 0, 100, nameof(GuidanceScale)),
            ImageGuidanceScale = request.PublishedGuidance ? null
                : (request.ImageGuidanceScale ?? defaults.ImageGuidanceScale) is { } scale ? Check(scale, 0, 100, nameof(ImageGuidanceScale)) : null,
            Eta = Check(request.Eta, 0, 1, nameof(Eta)),
            TokenMerging = MergeRatio(request.TokenMerging),
        };
        if (request is { PublishedGuidance: true, ImageGuidanceScale: { } asked })
            throw new ArgumentException($"PublishedGuidance and ImageGuidanceScale {asked} are both asked for; wanted one of them.");
        if (options is { Eta: not 0, Sampler: not Ddim })
            throw new ArgumentException($"Eta is {options.Eta} with sampler '{options.Sampler}'; only '{Ddim}' takes one.");
        if (options is { Spacing: Karras, Sampler: Ddim or Plms })
            throw new ArgumentException($"Spacing '{Karras}' is for samplers {DpmSolver}, {Euler} and {EulerAncestral}; sampler is '{options.Sampler}'.");
        return options;
    }

    /// <summary>The options as JSON, camel case.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, EngineJson.Default.SamplingOptions);
}
