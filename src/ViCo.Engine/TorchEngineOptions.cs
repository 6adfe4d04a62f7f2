using ViCo.Options;

namespace ViCo.Engine;

/// <summary>How a <see cref="TorchEngine"/> uses its machine.</summary>
public sealed record TorchEngineOptions
{
    /// <summary>What users may say, by <see cref="EngineOption"/>; what is not there is its default.</summary>
    public OptionValues Values { get; init; } = OptionValues.None;

    /// <summary>How far the engine's threads give way to the rest of the process, 0 to 19; default 10.</summary>
    public int Niceness { get; init; } = 10;

    /// <summary>Where the engine keeps what it need not compute at every start, the digests of base models; null: nowhere.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// A training's resume points are so much work apart; default 30 s. More are written where a request says every how many steps.
    /// </summary>
    public TimeSpan ResumeEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Options that trainings and drawings have; default: those that this program knows.</summary>
    public OptionCatalog Catalog { get; init; } = OptionCatalog.Default;

    /// <summary>
    /// Bound of the cache of reference readings in MiB; null: an eighth of what the device has free once the model is loaded.
    /// </summary>
    public int? ReferenceCacheMiB { get; init; }

    /// <summary>The value of <paramref name="option"/>.</summary>
    public T Get<T>(Option<T> option) => Values.Get(option);

    /// <summary>With a value of an option.</summary>
    public TorchEngineOptions With<T>(Option<T> option, T value) => this with { Values = Values.With(option, value) };
}
