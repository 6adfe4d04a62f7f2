using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Options;

namespace ViCo.Cli;

/// <param name="Kind"><c>torch</c> or <c>rehearsal</c>.</param>
/// <param name="ModelFolder">An existing diffusers folder or single checkpoint file.</param>
/// <param name="Options">Of <see cref="EngineOption"/>, as the command line says; the rest is left to the engine.</param>
internal sealed record EngineChoice(string Kind, string ModelFolder, OptionValues Options)
{
    /// <summary>Options that trainings and drawings have.</summary>
    public OptionCatalog Catalog { get; init; } = OptionCatalog.Default;

    /// <summary>Below a data folder: what the engine need not compute again at every start.</summary>
    public static string CacheFolder(string data) => Path.Combine(data, "cache");

    /// <summary>How long a rehearsed step takes: long enough that progress is seen.</summary>
    public static readonly TimeSpan RehearsalStep = TimeSpan.FromMilliseconds(10);

    /// <summary>Loads the base model.</summary>
    /// <exception cref="InvalidDataException">A weight file is missing, damaged or does not fit its configuration.</exception>
    public async Task<IEngine> OpenAsync(CancellationToken cancellationToken) => Kind == "rehearsal"
        ? new RehearsalEngine(RehearsalStep, TimeProvider.System, BaseModelDefaults.Read(ModelFolder, Catalog), catalog: Catalog)
        : await OpenTorchAsync(cancellationToken);

    /// <summary>Loads the base model for what only the real engine can do.</summary>
    /// <exception cref="InvalidDataException">As <see cref="OpenAsync"/>.</exception>
    public async Task<TorchEngine> OpenTorchAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Kind != "torch") throw new UsageException($"This needs the torch engine; --engine is {Kind}.");
        return await TorchEngine.LoadAsync(ModelFolder, new()
        {
            Values = Options, Catalog = Catalog, CacheFolder = CacheFolder(Installation.DefaultData),
        });
    }
}
