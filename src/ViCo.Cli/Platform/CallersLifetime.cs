namespace ViCo.Cli.Platform;

/// <summary>A host that lives as long as whoever started it wants it to: it hears no signals of its own.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
