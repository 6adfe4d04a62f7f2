namespace ViCo.Options;

/// <summary>What every training may be told, whatever its method.</summary>
public static class TrainingOption
{
    /// <summary>The largest seed: JSON's numbers are exact up to here in every client.</summary>
    public const long MaxSeed = (1L << 53) - 1;

    /// <summary>What is learned and how; the catalog says which methods there are.</summary>
    public static Option<string> Method { get; } = Option.Choice("method", VisualConditionOption.Method, "What is learned, and how.");

    /// <summary>Optimizer steps.</summary>
    public static Option<int> Steps { get; } = Option.Integer(
        "steps", 1, 100_000, 400, "Optimizer steps. More fit the photos more closely; too many make every picture look like them.")
        with { FromModel = true, MovesNumbers = false };

    /// <summary>Samples per step.</summary>
    public static Option<int> BatchSize { get; } = Option.Integer(
        "batchSize", 1, 64, 4, "Photos per step. More make steps steadier, and slower in proportion.")
        with { FromModel = true, Expert = true };

    /// <summary>Seed of everything that is drawn by lot.</summary>
    public static Option<long> Seed { get; } = Option.LongInteger(
        "seed", 0, MaxSeed, 23, "Seed of the order of photos, of timesteps and of noise. The same seed learns the same.")
        with { Expert = true, ByLot = true, Before = (long.MinValue, long.MaxValue) };

    /// <summary>AdamW's decoupled weight decay.</summary>
    public static Option<double> WeightDecay { get; } = Option.Number(
        "weightDecay", 0, 1000, 0.01, "AdamW's weight decay. More keeps what is learned smaller.")
        with { FromModel = true, Expert = true };

    /// <summary>Token merging while training.</summary>
    public static Option<double> TokenMerging { get; } = Option.Number(
        "tokenMerging", 0, 0.75, 0,
        "Share of tokens that the finest blocks merge before self-attention (ToMe). More is quicker and loses detail; 0: none.")
        with { Expert = true };

    /// <summary>Order in which the photos become targets.</summary>
    public static Option<string> TargetOrder { get; } = Option.Choice(
        "targetOrder", "shuffled", "In which order photos are learned from.",
        new OptionChoice("shuffled", "as the published code does"), new OptionChoice("sequential", "as the paper says"))
        with { Expert = true };

    /// <summary>How photos become squares.</summary>
    public static Option<string> Resize { get; } = Option.Choice(
        "resize", "crop", "How photos become squares.",
        new OptionChoice("squash", "both sides to the square's, as the published code does"),
        new OptionChoice("crop", "the middle of the longer side"),
        new OptionChoice("letterbox", "the whole photo on a plain square"))
        with { Expert = true };

    /// <summary>Probability of a horizontal flip.</summary>
    public static Option<double> Flip { get; } = Option.Number(
        "flip", 0, 1, 0, "Probability that a photo is mirrored. More suits symmetrical objects and spoils letters.")
        with { Expert = true };

    /// <summary>Captions of the photos.</summary>
    public static Option<string> Captions { get; } = Option.Choice(
        "captions", "all", "Which captions photos are learned with.",
        new OptionChoice("all", "Textual Inversion's 81 lines, as the published code does"),
        new OptionChoice("photo", "the 27 of them that say \"photo\""),
        new OptionChoice("style", "19 that speak of a painting in its style, for a manner instead of an object"),
        new OptionChoice("plain", "\"a photo of a *\" alone, as DreamBooth does"))
        with { FromModel = true, Expert = true };

    /// <summary>Steps from checkpoint to checkpoint.</summary>
    public static Option<int> CheckpointEvery { get; } = Option.Integer(
        "checkpointEvery", 1, 100_000, 50, "Steps from one checkpoint to the next; the last step always makes one. More saves disk space.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>Steps from resume point to resume point.</summary>
    public static Option<int?> ResumeEvery { get; } = Option.OptionalInteger(
        "resumeEvery", 1, 100_000,
        "Steps from one resume point to the next; by default one every 30 seconds. More is quicker and redoes more after a stop.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>Whether checkpoints are float16.</summary>
    public static Option<bool> Half { get; } = Option.Switch(
        "half", false, "Write checkpoints in float16: half the bytes, and what is drawn from them differs a little.")
        with { MovesNumbers = false, Expert = true, Title = "Half precision" };

    /// <summary>Steps from preview to preview.</summary>
    public static Option<int> PreviewEvery { get; } = Option.Integer(
        "previewEvery", 0, 100_000, 50, "Steps from one preview picture to the next; 0: none. More is quicker.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>All of these but <see cref="Method"/>, which a catalog puts in front with the methods that it knows.</summary>
    public static OptionList Common { get; } = new(
    [
        Steps, BatchSize, Seed, WeightDecay, TokenMerging, TargetOrder, Resize, Flip, Captions, CheckpointEvery, ResumeEvery, PreviewEvery,
        Half,
    ]);
}
