namespace ViCo.Engine.Metrics;

/// <summary>
/// How much generated pictures look like the object, and like what was asked. Cosines, -1 to 1; Ruiz et al. 2023 (DreamBooth), section 5.2.
/// </summary>
/// <param name="ImageDino">I_DINO: mean cosine over all (photo, picture) pairs in DINO's features: is it the same object?</param>
/// <param name="ImageClip">I_CLIP: the same in CLIP's features.</param>
/// <param name="TextClip">T_CLIP: mean cosine of the pictures and the prompt, the placeholder replaced by the class word.</param>
public sealed record ConceptScores(double ImageDino, double ImageClip, double TextClip)
{
    /// <summary>The plain mean of each score: prompts, then concepts, weigh the same.</summary>
    public static ConceptScores Mean(IReadOnlyCollection<ConceptScores> scores) =>
        new(scores.Average(s => s.ImageDino), scores.Average(s => s.ImageClip), scores.Average(s => s.TextClip));
}
