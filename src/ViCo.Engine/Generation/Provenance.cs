using System.Globalization;
using System.Security.Cryptography;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>What made a picture, as it travels inside the PNG.</summary>
/// <param name="engine">Options of the engine that move numbers.</param>
internal sealed class Provenance(EngineInfo info, OptionCatalog catalog, OptionValues engine)
{
    /// <summary>The options that pictures are made from.</summary>
    public OptionCatalog Catalog => catalog;

    /// <param name="checkpointDigest">Empty: no concept.</param>
    public IReadOnlyList<PictureText> Of(DrawingPlan plan, IReadOnlyList<PhotoFile> references, string checkpointDigest, long seed,
        DrawingRoom room) =>
    [
        new("Software", "ViCo"),
        new("prompt", plan.Prompt),
        new(SamplingOption.Seed.Name, seed.ToString(CultureInfo.InvariantCulture)),
        .. catalog.Sampling.Where(o => o != SamplingOption.Seed && o.MovesNumbers).Select(o => SaidOf(o, plan.Options))
            .OfType<PictureText>(),
        new("noise", "cpu"),
        new("base", info.BaseModel),
        new("base_digest", info.BaseDigest),
        .. checkpointDigest.Length > 0 ? [new PictureText("checkpoint_digest", checkpointDigest)] : Array.Empty<PictureText>(),
        .. plan.Loras.Select(lora => new PictureText("lora", lora)),
        .. plan.Folded ? [new PictureText("folded", "true")] : Array.Empty<PictureText>(),
        .. references.Select(r => new PictureText("reference_digest", Convert.ToHexStringLower(SHA256.HashData(r.Content.Span)))),
        new("device", info.Device),
        .. EngineOption.All.Select(o => SaidOf(o, engine)).OfType<PictureText>(),
        .. room.ToTexts(),
    ];

    /// <summary>An option's word in a picture: what a base model usually decides is always said, all else only off its default.</summary>
    private static PictureText? SaidOf(OptionSpec option, OptionValues values) =>
        values.Find(option.Name) is { } value && (option.FromModel || OptionSpec.Format(value) != OptionSpec.Format(option.Fallback ?? ""))
            ? new(option.Name, OptionSpec.Format(value))
            : null;
}
