using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Generation;

/// <summary>Reference features by key, least recently used out first. Owns what it holds.</summary>
/// <remarks>
/// The unconditional half of guidance sees no S★, so its features serve every concept and prompt with the same reference photo; the conditional
/// half's serve further seeds of a prompt. Features come from the same pass whether they were cached or not: pictures do not depend on it.
/// </remarks>
internal sealed class ReferenceCache(long capacityBytes)
{
    private readonly Dictionary<string, LinkedListNode<(string Key, ReferenceFeatures Features)>> _byKey = [];
    private readonly LinkedList<(string Key, ReferenceFeatures Features)> _newestFirst = [];

    /// <summary>Bytes held now.</summary>
    public long Bytes { get; private set; }

    /// <summary>Features for a key, computed if need be; valid until the next call.</summary>
    public ReferenceFeatures Get(string key, Func<ReferenceFeatures> compute)
    {
        if (_byKey.TryGetValue(key, out var known))
        {
            _newestFirst.Remove(known);
            _newestFirst.AddFirst(known);
            return known.Value.Features;
        }

        var features = compute();
        Bytes += features.Bytes;
        _byKey[key] = _newestFirst.AddFirst((key, features));
        // The newest stays in any case: it is about to be used.
        while (Bytes > capacityBytes && _byKey.Count > 1) Remove(_newestFirst.Last!.Value.Key);
        return features;
    }

    /// <summary>Disposes everything held.</summary>
    public void Clear()
    {
        foreach (var key in _byKey.Keys.ToArray()) Remove(key);
    }

    private void Remove(string key)
    {
        if (!_byKey.Remove(key, out var node)) return;
        _newestFirst.Remove(node);
        Bytes -= node.Value.Features.Bytes;
        node.Value.Features.Dispose();
    }
}
