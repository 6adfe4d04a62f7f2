using System.Collections.Concurrent;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Concepts;

/// <summary>The concepts that are in memory on this silo: who lists many of them reads them here, without a call to each.</summary>
/// <remarks>Each stands here as its grain would answer at this moment. One that is not here is asked, wherever it is.</remarks>
internal sealed class ConceptsHere
{
    private readonly ConcurrentDictionary<string, ConceptSight> _concepts = [];

    /// <param name="key">The grain's.</param>
    public void Enter(string key, ConceptSight concept) => _concepts[key] = concept;

    /// <summary>Takes an activation away; one that has come after it stays.</summary>
    public void Leave(string key, ConceptSight concept) => _concepts.TryRemove(new(key, concept));

    /// <summary>Whether the concept's grain is here; <paramref name="concept"/> is then what it would answer.</summary>
    public bool TryLook(string key, out ConceptView? concept)
    {
        concept = null;
        if (!_concepts.TryGetValue(key, out var sight)) return false;
        try
        {
            concept = sight.Look();
            return true;
        }
        catch (DamagedBlobException)
        {
            return false;                                       // its grain says so to whoever asks
        }
    }
}
