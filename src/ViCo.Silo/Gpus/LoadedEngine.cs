using Microsoft.Extensions.Options;
using ViCo.Engine;
using ViCo.Engine.Models;
using ViCo.Engine.Rehearsal;
using ViCo.Options;

namespace ViCo.Silo.Gpus;

/// <summary>The process's one engine: made in the background, disposed with the host.</summary>
internal sealed class LoadedEngine(IOptions<EngineOptions> options, OptionCatalog catalog) : IAsyncDisposable
{
    private Task<IEngine>? _engine;

    public bool IsLoaded => _engine is { IsCompletedSuccessfully: true };

    /// <summary>Why it does not load or does not go on, or null.</summary>
    public string? Error => _engine is { IsFaulted: true } ? _engine.Exception.InnerException!.Message : Hangs;

    /// <inheritdoc cref="EngineOptions.DrawTogether"/>
    public int DrawTogether => options.Value.DrawTogether;

    /// <summary>What it does not come back from, or null.</summary>
    public string? Hangs { get; set; }

    /// <summary>Called once, by the worker. Reading weights blocks: a pool thread does it, never a thread of the silo.</summary>
    public Task<IEngine> LoadAsync() => _engine = Task.Run(OpenAsync);

    public async ValueTask DisposeAsync()
    {
        if (IsLoaded) await (await _engine!).DisposeAsync();
    }

    private async Task<IEngine> OpenAsync()
    {
        var (kind, model) = (options.Value.Kind, options.Value.Model);
        if (kind == "rehearsal")
        {
            return new RehearsalEngine(
                options.Value.RehearsalStep, defaults: string.IsNullOrWhiteSpace(model) ? null : BaseModelDefaults.Read(model, catalog),
                resumeEvery: options.Value.ResumeEvery, catalog: catalog);
        }

        return await TorchEngine.LoadAsync(model!, new()
        {
            Values = options.Value.Values,
            Catalog = catalog,
            ResumeEvery = options.Value.ResumeEvery,
            CacheFolder = string.IsNullOrWhiteSpace(options.Value.CacheFolder) ? null : options.Value.CacheFolder,
        });
    }
}
