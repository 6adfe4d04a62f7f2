namespace ViCo.Engine.Methods.Parts;

/// <summary>How rotations are cut and bound.</summary>
/// <param name="Blocks">Of each layer's input.</param>
/// <param name="Shared">Whether all blocks of a layer turn alike.</param>
/// <param name="Limit">ε of the constrained form (COFT); null: none.</param>
/// <param name="Terms">Of the series in place of Cayley's form; null: the form itself.</param>
internal sealed record RotationShape(long Blocks, bool Shared = false, double? Limit = null, int? Terms = null);
