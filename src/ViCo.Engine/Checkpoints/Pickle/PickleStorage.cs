namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>A storage's persistent id: where a tensor's numbers lie.</summary>
/// <param name="Key">Names the record (zip) or the block (legacy) of the root storage.</param>
/// <param name="Elements">Of the root storage.</param>
/// <param name="ViewOffset">First element of a legacy storage view; 0 otherwise.</param>
/// <param name="ViewElements">Elements of the view; all of the root's otherwise.</param>
internal sealed record PickleStorage(string Key, ScalarType DType, long Elements, long ViewOffset, long ViewElements);
