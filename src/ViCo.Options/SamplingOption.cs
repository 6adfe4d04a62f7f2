namespace ViCo.Options;

/// <summary>What a drawing of pictures may be told.</summary>
public static class SamplingOption
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

    /// <summary>By noise levels that lie closer where there is less noise; not for DDIM and PLMS.</summary>
    public const string Karras = "karras";

    private static readonly string[] _karrasSamplers = [DpmSolver, Euler, EulerAncestral];

    /// <summary>Pictures to draw.</summary>
    public static Option<int> Count { get; } = Option.Integer("count", 1, 64, 4, "Pictures to draw.")
        with { MovesNumbers = false, Title = "Pictures", Upfront = true, Suggested = [1, 2, 4, 8] };

    /// <summary>Seed of the first picture.</summary>
    public static Option<long> Seed { get; } = Option.LongInteger(
        "seed", 0, TrainingOption.MaxSeed, 42,
        "Seed of the first picture; the next have the next seeds. One seed is one picture, whatever the count.")
        with { Upfront = true, ByLot = true, Before = (0, long.MaxValue) };

    /// <summary>What the pictures should not show.</summary>
    public static Option<string> NegativePrompt { get; } = Option.Text("negativePrompt", 1000, "", "What the pictures should not show.");

    /// <summary>Denoising steps.</summary>
    public static Option<int> SamplingSteps { get; } = Option.Integer(
        "samplingSteps", 1, 1000, 50, "Denoising steps. More are finer, up to a point, and slower in proportion.")
        with { FromModel = true, OldNames = ["steps"] };

    /// <summary>Classifier-free guidance scale.</summary>
    public static Option<double> Guidance { get; } = Option.Number(
        "guidance", 0, 100, 7.5,
        "How strongly the prompt counts; 1: no guidance. More keeps closer to the prompt and, past 10 or so, burns colours.")
        with { FromModel = true, OldNames = ["guidanceScale"] };

    /// <summary>Guidance by the reference photo.</summary>
    public static Option<double?> ImageGuidance { get; } = Option.OptionalNumber(
        "imageGuidance", 0, 100,
        "How strongly the reference photo counts; 0: not at all. More draws the object more faithfully and the place less.")
        with { FromModel = true, OldNames = ["imageGuidanceScale"] };

    /// <summary>ViCo's published guidance, whatever the base model's default.</summary>
    public static Option<bool> PublishedGuidance { get; } = Option.Switch(
        "publishedGuidance", false, "Guide by the text alone, as the paper's code does, whatever the base model's default.")
        with { Expert = true };

    /// <summary>How noise becomes a picture.</summary>
    public static Option<string> Sampler { get; } = Option.Choice(
        "sampler", Ddim, "How noise becomes a picture.",
        new OptionChoice(Ddim, "DDIM"), new OptionChoice(Plms, "PLMS"), new OptionChoice(DpmSolver, "DPM-Solver++ 2M"),
        new OptionChoice(Euler, "Euler"), new OptionChoice(EulerAncestral, "Euler ancestral"))
        with { FromModel = true };

    /// <summary>Where the sampler's timesteps lie.</summary>
    public static Option<string> Spacing { get; } = Option.Choice(
        "spacing", Leading, "Where the sampler's timesteps lie.",
        new OptionChoice(Ldm, "as the paper's code: leading with offset 1, and a few more where steps do not divide 1000"),
        new OptionChoice(Leading, "evenly from the first on"), new OptionChoice(Linspace, "evenly from the first to the last"),
        new OptionChoice(Trailing, "evenly from the last down"),
        new OptionChoice(
            Karras, "closer where there is less noise; for dpmpp-2m, euler and euler-a", new(Sampler.Name, _karrasSamplers)))
        with { FromModel = true, Title = "Timesteps" };

    /// <summary>DDIM's η.</summary>
    public static Option<double> Eta { get; } = Option.Number(
        "eta", 0, 1, 0, "Fresh noise that DDIM adds in each step; 0: none, 1: as much as ancestral sampling adds.")
        with { Expert = true, Needs = new(Sampler.Name, [Ddim]) };

    /// <summary>Width of the pictures.</summary>
    public static Option<int?> Width { get; } = Option.OptionalInteger(
        "width", 8, 4096,
        "Width of the pictures: a multiple of what the base model's networks need (Stable Diffusion: 64), and in all at most four "
            + "times the pixels it was trained at.")
        with { FromModel = true, MultipleOf = 8, Unit = "px" };

    /// <summary>Height of the pictures.</summary>
    public static Option<int?> Height { get; } = Option.OptionalInteger("height", 8, 4096, "Height of the pictures, as width.")
        with { FromModel = true, MultipleOf = 8, Unit = "px" };

    /// <summary>In passes of the network that nobody shares.</summary>
    public static Option<bool> Reproducible { get; } = Option.Switch(
        "reproducible", false,
        "Draw these pictures apart from everybody else's: drawn again, they are the same to the bit. Otherwise they may share the "
            + "network's passes with other drawings, which is quicker for all and shows in the last bits.")
        with { MovesNumbers = false, Expert = true };

    /// <summary>All of them, and what goes with what.</summary>
    public static OptionList All { get; } = new(
        [
            Count, Seed, NegativePrompt, SamplingSteps, Guidance, ImageGuidance, PublishedGuidance, Sampler, Spacing, Eta, Width, Height,
            TrainingOption.TokenMerging, Reproducible,
        ],
        SeedsAreExact, OneGuidance, SpacingSuitsSampler, EtaIsOfDdim);

    /// <summary>What each of several drawings has of its own, though they share passes.</summary>
    private static readonly OptionSpec[] _own = [Count, Seed, NegativePrompt, Guidance, ImageGuidance, PublishedGuidance, Reproducible];

    /// <summary>What drawings have to have in common to share passes of the network; null: this one shares none.</summary>
    /// <param name="values">Filled in: a value for every option that has one.</param>
    public static OptionValues? Common(OptionValues values) =>
        values.Get(Reproducible) ? null : _own.Aggregate(values, (common, option) => common.Without(option));

    private static OptionProblem? SeedsAreExact(OptionValues values)
    {
        var (seed, last) = (values.Get(Seed), TrainingOption.MaxSeed - values.Get(Count) + 1);
        return seed > last && seed <= TrainingOption.MaxSeed
            ? new(Seed.Name, $"seed is {seed} for {values.Get(Count)} pictures; wanted 0 to {last}.")
            : null;
    }

    private static OptionProblem? OneGuidance(OptionValues values) => values.Has(ImageGuidance) && values.Get(PublishedGuidance)
        ? new(PublishedGuidance.Name, "imageGuidance and publishedGuidance exclude each other; wanted one of them.")
        : null;

    // The base model's own sampler is not known here, so an option that depends on the sampler needs the sampler to be given too.
    private static OptionProblem? SpacingSuitsSampler(OptionValues values) =>
        values.Get(Spacing) == Karras && !(values.Has(Sampler) && _karrasSamplers.Contains(values.Get(Sampler)))
            ? new(Spacing.Name, $"spacing '{Karras}' is for samplers {string.Join(", ", _karrasSamplers)}; "
                + (values.Has(Sampler) ? $"sampler is '{values.Get(Sampler)}'." : "name one of them as sampler."))
            : null;

    private static OptionProblem? EtaIsOfDdim(OptionValues values) =>
        values.Get(Eta) is > 0 and var eta && values.Has(Sampler) && values.Get(Sampler) is not Ddim and var sampler
            ? new(Eta.Name, $"eta is {OptionSpec.Format(eta)} with sampler '{sampler}'; only '{Ddim}' takes one.")
            : null;
}
