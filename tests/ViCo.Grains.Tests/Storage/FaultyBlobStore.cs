using System.Runtime.CompilerServices;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

/// <summary>A blob store that fails now and then: before it acts, or after, when the caller cannot know that it did.</summary>
/// <param name="rate">Of all calls on names that <see cref="Concerns"/> picks; a half fails before, a half after.</param>
public sealed class FaultyBlobStore(IBlobStore inner, double rate, int seed) : IBlobStore
{
    private readonly Random _random = new(seed);
    private int _faults;

    /// <summary>Which names the faults strike.</summary>
    public Func<string, bool> Concerns { get; set; } = _ => true;

    /// <summary>Off: everything works.</summary>
    public bool Armed { get; set; } = true;

    /// <summary>Only what changes something fails, as when the process dies between two writes.</summary>
    public bool SparesReads { get; set; }

    public int Faults => _faults;

    /// <summary>Waited for before anything is written under a name.</summary>
    public Func<string, Task> Hold { get; set; } = _ => Task.CompletedTask;

    public Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default) =>
        SparesReads ? inner.ReadAsync(name, cancellationToken) : StrikeAsync(name, () => inner.ReadAsync(name, cancellationToken));

    public async Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        await Hold(name);
        return await StrikeAsync(name, () => inner.WriteAsync(name, content, condition, cancellationToken));
    }

    public Task<string> WriteAsync(string name, Stream content, BlobCondition condition = default,
        CancellationToken cancellationToken = default) =>
        StrikeAsync(name, () => inner.WriteAsync(name, content, condition, cancellationToken));

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default) =>
        SparesReads ? inner.OpenReadAsync(name, cancellationToken) : StrikeAsync(name, () => inner.OpenReadAsync(name, cancellationToken));

    public Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default) =>
        StrikeAsync(name, () => inner.DeleteAsync(name, condition, cancellationToken));

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (!SparesReads) await StrikeAsync(prefix, () => Task.FromResult(true));
        await foreach (var entry in inner.ListAsync(prefix, cancellationToken)) yield return entry;
    }

    private async Task<T> StrikeAsync<T>(string name, Func<Task<T>> act)
    {
        double roll;
        lock (_random) roll = _random.NextDouble();
        if (!Armed || !Concerns(name) || roll >= rate) return await act();

        Interlocked.Increment(ref _faults);
        if (roll < rate / 2) throw new IOException($"Fault before '{name}'.");
        await act();
        throw new IOException($"Fault after '{name}': it is done, and nobody knows.");
    }
}
