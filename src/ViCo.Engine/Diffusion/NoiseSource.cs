namespace ViCo.Engine.Diffusion;

/// <summary>
/// Standard normal noise for several pictures, each from its own CPU generator: a picture depends on its
/// seed, not on its neighbours or the device.
/// </summary>
internal sealed class NoiseSource : IDisposable
{
    private readonly Generator[] _generators;
    private readonly long[] _shape;
    private readonly Device _device;

    /// <param name="shape">[C, h, w] of one picture's latents.</param>
    public NoiseSource(IEnumerable<long> seeds, long[] shape, Device device)
    {
        _generators = [.. seeds.Select(seed => new Generator(unchecked((ulong)seed)))];
        _shape = [1, .. shape];
        _device = device;
    }

    /// <summary>The next noise of every picture, [pictures, C, h, w].</summary>
    public Tensor Next()
    {
        using var scope = NewDisposeScope();
        return cat([.. _generators.Select(g => NewTensor.Normal(_shape, g, CPU))]).to(_device).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var generator in _generators) generator.Dispose();
    }
}
