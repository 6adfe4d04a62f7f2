using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>Finds the low-rank pairs that a drawing asks for by their concepts.</summary>
internal static class LorasOfDrawing
{
    /// <summary>The default checkpoint of each concept, all of one tenant.</summary>
    /// <param name="asked">As <see cref="LoraChoice"/> reads it.</param>
    /// <returns>Null for none; or what is missing.</returns>
    public static async Task<(IReadOnlyList<LoraBlob>? Loras, SubmitResult? Missing)> FindAsync(
        IReadOnlyList<string> asked, TenantId tenant, IGrainFactory grains)
    {
        if (asked.Count == 0) return (null, null);
        var loras = new List<LoraBlob>();
        foreach (var text in asked)
        {
            if (LoraChoice.TryParse(text) is not { } choice)
                return (null, new(null, $"loras holds '{text}'; wanted a concept or concept:weight."));
            // A concept may be asked for its own pairs too: the call interleaves.
            if (await grains.GetGrain<IConceptGrain>(tenant.Key(choice.ConceptId)).FindCheckpoint(null) is not { } checkpoint)
                return (null, new(null, $"There is no concept '{choice.ConceptId}' with a checkpoint.", NotFound: true, "concept"));
            loras.Add(new(choice.ConceptId, checkpoint.Blob, checkpoint.Digest, choice.Weight));
        }
        return (loras, null);
    }
}
