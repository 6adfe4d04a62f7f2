namespace ViCo.Engine.Models;

/// <summary>Numbers that passes need again and again, made once and on the device that reads them. Owns them.</summary>
/// <param name="device">Where they lie.</param>
internal sealed class DeviceTables(Device device) : IDisposable
{
    /// <summary>Tables that are kept; what is asked for beyond that is made each time.</summary>
    private const int Most = 1024;

    private readonly Dictionary<object, Tensor> _tables = [];

    /// <summary>A table, which stays these tables' own; or, once there are too many, one in the current scope.</summary>
    /// <param name="key">Names what the numbers depend on.</param>
    /// <param name="make">From the device; it never sees a gradient.</param>
    public Tensor Of<TKey>(TKey key, Func<Device, Tensor> make)
        where TKey : notnull
    {
        if (_tables.TryGetValue(key, out var kept)) return kept;
        // What is made in inference mode could not be read in training.
        using var normal = inference_mode(false);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var made = make(device);
        if (_tables.Count >= Most) return made.MoveToOuterDisposeScope();
        return _tables[key] = made.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var table in _tables.Values) table.Dispose();
        _tables.Clear();
    }
}
