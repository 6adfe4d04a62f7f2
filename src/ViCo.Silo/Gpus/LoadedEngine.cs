using Microsoft.Extensions.Options;
using ViCo.Engine;
using ViCo.Engine.Models;

namespace ViCo.Silo.Gpus;

/// <summary>The process's one engine: made in the background, disposed with the host.</summary>
internal sealed class LoadedEngine(IOptions<EngineOptions> options) : IAsyncDisposable
{
    private Task<IEngine>? _engine;

    public bool IsLoaded => _engine is { IsCompletedSuccessfully: true };

    /// <summary>Why it does not load, or null.</summary>
    public string? Error => _engine is { IsFaulted: true } ? _engine.Exception.InnerException!.Message : null;

    /// <summary>Called once, by the worker. Reading weights blocks: a pool thread does it, never a thread of the silo.</summary>
    public Task<IEngine> LoadAsync(CancellationToken cancellationToken) => _engine = Task.Run(Open, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (IsLoaded) await (await _engine!).DisposeAsync();
    }

    private IEngine Open()
    {
        var defaults = string.IsNullOrWhiteSpace(options.Value.BaseModel) ? null : BaseModelDefaults.Read(options.Value.BaseModel);
        return options.Value.Kind switch
        {
            "rehearsal" => new RehearsalEngine(options.Value.RehearsalStep, defaults: defaults),
            var kind => throw new NotSupportedException($"Engine '{kind}' is not part of this build."),
        };
    }
}
