namespace ViCo.Gateway.Concepts;

/// <param name="Next">Cursor of the next page; null: there is no more. A page may be short, even empty, and have a next one.</param>
internal sealed record ConceptList(IReadOnlyList<ConceptResponse> Concepts, string? Next);
