using ViCo.Engine.Methods;
using ViCo.Engine.Models;

namespace ViCo.Engine.Generation;

/// <summary>The concepts that were drawn or looked at last, loaded. Owns them.</summary>
internal sealed class WarmConcepts(BaseModel model, IReadOnlyList<IMethod> methods)
{
    /// <summary>Two: a user who compares a concept with another keeps both warm.</summary>
    private const int Kept = 2;

    private readonly List<(string Digest, Concept Concept)> _newestFirst = [];

    /// <summary>
    /// The concept of a checkpoint, loaded or kept from an earlier request; it stays at least until <see cref="LetCool"/>.
    /// </summary>
    public (string Digest, Concept Concept) Of(StoredFile checkpoint)
    {
        var digest = checkpoint.DigestOfBytes();
        var at = _newestFirst.FindIndex(w => w.Digest == digest);
        var entry = at >= 0 ? _newestFirst[at] : (digest, Concept.Load(model, methods, checkpoint));
        if (at >= 0) _newestFirst.RemoveAt(at);
        _newestFirst.Insert(0, entry);
        return entry;
    }

    /// <summary>Keeps the newest few.</summary>
    public void LetCool() => Keep(Kept);

    /// <summary>Lets go of all.</summary>
    public void Clear() => Keep(0);

    private void Keep(int count)
    {
        foreach (var (_, concept) in _newestFirst.Skip(count)) concept.Dispose();
        if (_newestFirst.Count > count) _newestFirst.RemoveRange(count, _newestFirst.Count - count);
    }
}
