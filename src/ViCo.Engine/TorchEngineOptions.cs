using ViCo.Options;

namespace ViCo.Engine;

/// <summary>How a <see cref="TorchEngine"/> uses its machine.</summary>
public sealed record TorchEngineOptions
{
    /// <summary>Such as <c>cpu</c> or <c>cuda:0</c>; null: the first GPU, or the CPU where there is none.</summary>
    public string? Device { get; init; }

    /// <summary>libtorch's threads on the CPU; null: one per processor, or one alone for a narrow network.</summary>
    public int? Threads { get; init; }

    /// <summary>How far the engine's threads give way to the rest of the process, 0 to 19; default 10.</summary>
    public int Niceness { get; init; } = 10;

    /// <summary>
    /// What U-Net and text tower are stored and computed in: a value of <see cref="Engine.Precision"/>; default <c>fp32</c>.
    /// </summary>
    public string Precision { get; init; } = Engine.Precision.Single;

    /// <summary>The same of the autoencoder, whose colours suffer first where bits are few; default <c>fp32</c>.</summary>
    public string VaePrecision { get; init; } = Engine.Precision.Single;

    /// <summary>
    /// Whether a GPU may use operations only whose results repeat bit by bit; one that has none fails by
    /// name. On a CPU they all do. Default false.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>
    /// Whether a GPU may round the factors of fp32 products and convolutions to TensorFloat-32, 10 bits after the point. Default false.
    /// </summary>
    public bool Tf32 { get; init; }

    /// <summary>
    /// Samples that go through the networks at once, 1 to 64; fewer take less memory and more time, with the same results up to rounding.
    /// Null: all of a training's batch, and of the pictures of a drawing as many as the free memory takes.
    /// </summary>
    public int? SamplesPerPass { get; init; }

    /// <summary>
    /// Whether training keeps only what lies between the U-Net's blocks and computes the rest again: a
    /// third more time, a fraction of the memory.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>Where the engine keeps what it need not compute at every start, the digests of base models; null: nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// A training's resume points are so much work apart; default 30 s. More are written where a request says every how many steps.
    /// </summary>
    public TimeSpan ResumeEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Options that trainings and drawings have; default: those that this program knows.</summary>
    public OptionCatalog Catalog { get; init; } = OptionCatalog.Default;

    /// <summary>As <paramref name="values"/> of <see cref="EngineOption"/> say.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public static TorchEngineOptions Of(OptionValues values) => new()
    {
        Device = values.Get(EngineOption.Device) is { Length: > 0 } device ? device : null,
        Threads = values.Get(EngineOption.Threads),
        Precision = values.Get(EngineOption.Precision),
        VaePrecision = values.Get(EngineOption.VaePrecision),
        Tf32 = values.Get(EngineOption.Tf32),
        Deterministic = values.Get(EngineOption.Deterministic),
        SamplesPerPass = values.Get(EngineOption.SamplesPerPass),
        Recompute = values.Get(EngineOption.Recompute),
    };

    /// <summary>Those of them that move the numbers of trainings and drawings.</summary>
    internal OptionValues Arithmetic => OptionValues.None.With(EngineOption.Precision, Precision)
        .With(EngineOption.VaePrecision, VaePrecision).With(EngineOption.Tf32, Tf32);

    /// <summary>
    /// Bound of the cache of reference readings in MiB; null: an eighth of what the device has free once the model is loaded.
    /// </summary>
    public int? ReferenceCacheMiB { get; init; }
}
