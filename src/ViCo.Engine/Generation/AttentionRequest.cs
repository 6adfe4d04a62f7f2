namespace ViCo.Engine.Generation;

/// <summary>Asks where a concept sees its object in photos.</summary>
/// <param name="Checkpoint">As in <see cref="GenerationRequest"/>.</param>
/// <param name="Caption">With a placeholder, such as <c>a photo of a *</c>, or <c>a photo of a &lt;2&gt;</c>
/// for the second of several objects.</param>
/// <param name="Timesteps">At which timesteps; the reference itself stays without noise.</param>
public sealed record AttentionRequest(
    StoredFile Checkpoint, IReadOnlyList<PhotoFile> Photos, string Caption, IReadOnlyList<int> Timesteps);
