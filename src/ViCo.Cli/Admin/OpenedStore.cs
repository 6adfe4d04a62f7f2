using ViCo.Grains.Storage;

namespace ViCo.Cli.Admin;

/// <param name="IsAlone">Nobody else uses it until it is let go.</param>
/// <param name="Lock">What keeps others out.</param>
/// <param name="Name">What it is called in messages.</param>
internal sealed record OpenedStore(IBlobStore Blobs, bool IsAlone, IDisposable? Lock, string Name) : IDisposable
{
    public void Dispose() => Lock?.Dispose();
}
