using ViCo.Options;

namespace ViCo.Engine;

/// <param name="Checkpoint">A concept as <see cref="ITrainingObserver.OnCheckpoint"/> writes it, or null
/// to draw with the base model alone.</param>
/// <param name="References">Photos whose tokens the image blocks attend to (usually one), or empty: text embedding only.</param>
/// <param name="Prompt">May hold <c>*</c>, <c>S*</c> or the concept's own <c>&lt;name&gt;</c> where S★ goes; where it has several
/// objects, <c>&lt;1&gt;</c> or <c>S1*</c> and so on.</param>
/// <param name="Seeds">One picture per seed.</param>
public sealed record GenerationRequest(
    StoredFile? Checkpoint, IReadOnlyList<PhotoFile> References, string Prompt, IReadOnlyList<long> Seeds)
{
    /// <summary>
    /// Which object each reference shows, from 1: its mask comes from that one's S★. Empty: they
    /// take turns, so with one object all show it.
    /// </summary>
    public IReadOnlyList<int> ReferenceObjects { get; init; } = [];

    /// <summary>
    /// Low-rank pairs of further concepts, each with its weight. Without a <see cref="Checkpoint"/> the first one's words stand where the
    /// prompt has a placeholder; those of the others are written out, such as "sks teapot".
    /// </summary>
    public IReadOnlyList<LoraUse> Loras { get; init; } = [];

    /// <summary>
    /// Whether low-rank pairs are added to the weights before the first step, instead of beside them in every pass: a step then costs what
    /// the base model's does, and shares no pass with other requests.
    /// </summary>
    public bool FoldLoras { get; init; }

    /// <summary>What is asked for, by <see cref="SamplingOption"/>; the rest is the base model's default.</summary>
    public OptionValues Options { get; init; } = OptionValues.None;

    /// <summary>With a value of an option.</summary>
    public GenerationRequest With<T>(Option<T> option, T value) => this with { Options = Options.With(option, value) };

    /// <summary>Concept digest that keys the reference-feature cache, or null for none.</summary>
    public string? CacheKey { get; init; }

    /// <summary>
    /// How the pictures were cut to fit the memory when they were drawn before; null: as the memory asks now. With it the same pixels
    /// come again however much memory is free, on a device of the same kind.
    /// </summary>
    public DrawingRoom? Room { get; init; }

    /// <summary>
    /// The options in force: what is asked for, what that leaves open as the base model's <paramref name="defaults"/> say, and the rest as
    /// the descriptions do.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such option, or a value is out of its range; the message names all that is wrong.
    /// </exception>
    public OptionValues OptionsOver(OptionValues defaults, OptionCatalog? catalog = null)
    {
        var list = (catalog ?? OptionCatalog.Default).Sampling;
        // The base model's image guidance gives way to the published guidance; one that is asked for does not.
        var open = Options.Get(SamplingOption.PublishedGuidance) ? defaults.Without(SamplingOption.ImageGuidance) : defaults;
        return list.Checked(list.Filled(Options.Over(open)));
    }

    /// <exception cref="ArgumentException">There are too many <see cref="Loras"/>, or a weight is out of its range.</exception>
    internal void CheckLoras()
    {
        if (Loras.Count > LoraBounds.Most)
            throw new ArgumentException($"{Loras.Count} sets of low-rank pairs; wanted at most {LoraBounds.Most}.");
        if (Loras.FirstOrDefault(l => !(Math.Abs(l.Weight) <= LoraBounds.MostWeight)) is { } odd)
            throw new ArgumentException(
                $"The weight of '{odd.Checkpoint.Name}' is {OptionSpec.Format(odd.Weight)}; wanted {-LoraBounds.MostWeight} to "
                + $"{LoraBounds.MostWeight}.");
    }

    /// <summary>Per reference the object that it shows, from 0.</summary>
    /// <exception cref="ArgumentException"><see cref="ReferenceObjects"/> are not as many as references, or name
    /// an object that is not there.</exception>
    internal IReadOnlyList<int> ObjectsShown(int objects)
    {
        if (ReferenceObjects.Count == 0) return [.. References.Select((_, i) => i % objects)];
        if (ReferenceObjects.Count != References.Count)
            throw new ArgumentException(
                $"{ReferenceObjects.Count} ReferenceObjects for {References.Count} references; wanted one each, or none.");
        return [.. ReferenceObjects.Select(k => k >= 1 && k <= objects ? k - 1
            : throw new ArgumentException($"A reference shows object {k}; wanted 1 to {objects}, the objects of the checkpoint."))];
    }
}
