using ViCo.Gateway.Lists;

namespace ViCo.Gateway.Concepts;

/// <param name="Next">Cursor of the next page; null: there is no more. A page may be short, even empty, and have a next one.</param>
/// <param name="Damaged">What should be here and cannot be shown.</param>
internal sealed record ConceptList(IReadOnlyList<ConceptResponse> Concepts, string? Next, IReadOnlyList<DamagedItem> Damaged);
