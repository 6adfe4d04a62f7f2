using ViCo.Grains.Storage;

namespace ViCo.Grains.Concepts;

/// <summary>A concept as its users see it: gone from the moment its deletion begins. It may be looked at from any thread.</summary>
internal sealed class ConceptSight(string id, DurableState<ConceptRecord> record)
{
    private Seen? _last;

    /// <summary>The concept as it stands, or null when it is not there.</summary>
    public ConceptView? Look()
    {
        if (record.Value is not { Deleting: false } concept) return null;
        if (_last is { } last && ReferenceEquals(last.Record, concept)) return last.View;
        var seen = new Seen(concept, ConceptMachine.View(id, concept));
        _last = seen;
        return seen.View;
    }

    private sealed record Seen(ConceptRecord Record, ConceptView View);
}
