using System.Text.Json.Nodes;
using ViCo.Options;

namespace ViCo.Engine.Diffusion;

/// <summary>The options in force of one sampling: the request's, and where it leaves one open the base model's.</summary>
/// <remarks>A typed view of <see cref="Values"/>: whoever needs an option without a property here asks <c>Values.Get(…)</c>.</remarks>
public sealed record SamplingOptions
{
    /// <summary>Every sampler.</summary>
    public static IReadOnlyList<string> Samplers { get; } = [.. SamplingOption.Sampler.Choices.Select(c => c.Value)];

    /// <summary>Every spacing of timesteps.</summary>
    public static IReadOnlyList<string> Spacings { get; } = [.. SamplingOption.Spacing.Choices.Select(c => c.Value)];

    /// <summary>A value for every option that has one.</summary>
    public OptionValues Values { get; init; } = OptionValues.None;

    /// <inheritdoc cref="SamplingOption.Sampler"/>
    public string Sampler { get => Values.Get(SamplingOption.Sampler); init => Values = Values.With(SamplingOption.Sampler, value); }

    /// <inheritdoc cref="SamplingOption.Spacing"/>
    public string Spacing { get => Values.Get(SamplingOption.Spacing); init => Values = Values.With(SamplingOption.Spacing, value); }

    /// <inheritdoc cref="SamplingOption.SamplingSteps"/>
    public int Steps { get => Values.Get(SamplingOption.SamplingSteps); init => Values = Values.With(SamplingOption.SamplingSteps, value); }

    /// <inheritdoc cref="SamplingOption.Guidance"/>
    public double GuidanceScale { get => Values.Get(SamplingOption.Guidance); init =>
        Values = Values.With(SamplingOption.Guidance, value); }

    /// <summary>Guidance by the reference image; null: ViCo's published guidance.</summary>
    public double? ImageGuidanceScale
    {
        get => Values.Get(SamplingOption.ImageGuidance);
        init => Values = Values.With(SamplingOption.ImageGuidance, value);
    }

    /// <inheritdoc cref="SamplingOption.Eta"/>
    public double Eta { get => Values.Get(SamplingOption.Eta); init => Values = Values.With(SamplingOption.Eta, value); }

    /// <summary>Share of the finest blocks' tokens that is merged away, up to 0.75; null: none.</summary>
    public double? TokenMerging
    {
        get => Values.Get(TrainingOption.TokenMerging) is > 0 and var ratio ? ratio : null;
        init => Values = Values.With(TrainingOption.TokenMerging, value ?? 0);
    }

    /// <summary>
    /// Fills what <paramref name="request"/> leaves open from the base model's
    /// <paramref name="defaults"/>, and the rest from the descriptions.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such option, or a value is out of its range; the
    /// message names all that is wrong.</exception>
    public static SamplingOptions From(OptionValues defaults, GenerationRequest request, OptionCatalog? catalog = null)
    {
        var list = (catalog ?? OptionCatalog.Default).Sampling;
        // The base model's image guidance gives way to the published guidance; one that is asked for does not.
        var open = request.PublishedGuidance ? defaults.Without(SamplingOption.ImageGuidance.Name) : defaults;
        return new() { Values = list.Checked(list.Filled(request.Options.Over(open))) };
    }

    /// <summary>What a stand-in picture is made from: the options that there were when the first of them were drawn.</summary>
    internal string ToJson()
    {
        var json = new JsonObject
        {
            ["sampler"] = Sampler, ["spacing"] = Spacing, ["steps"] = Steps, ["guidanceScale"] = GuidanceScale,
            ["imageGuidanceScale"] = ImageGuidanceScale, ["eta"] = Eta,
        };
        if (TokenMerging is { } merging) json["tokenMerging"] = merging;
        return json.ToJsonString();
    }
}
