namespace ViCo.Engine.Methods.Oft;

/// <summary>
/// PEFT's form of what a rotation learns: the numbers above the diagonal of S, row by row, where ours is R with S = (R - Rᵀ) / 2.
/// </summary>
internal static class UpperTriangle
{
    /// <summary>Side of the matrices whose upper triangles have so many numbers; null: there is none.</summary>
    public static long? Side(long numbers)
    {
        var side = (long)Math.Round((1 + Math.Sqrt(1 + 8.0 * numbers)) / 2);
        return numbers > 0 && side * (side - 1) / 2 == numbers ? side : null;
    }

    /// <summary>R [blocks, side, side] with nothing below its diagonal, in the current scope.</summary>
    /// <param name="numbers">[blocks, side (side - 1) / 2].</param>
    public static Tensor Matrices(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var (blocks, side) = (numbers.shape[0], Side(numbers.shape[1])!.Value);
        var flat = NewTensor.Zeros([blocks, side * side], numbers.dtype, numbers.device);
        return flat.index_copy(1, Places(side, numbers.device), numbers.Times(2)).view(blocks, side, side).MoveToOuterDisposeScope();
    }

    /// <summary>What is above the diagonal of S = (R - Rᵀ) / 2 [blocks, side (side - 1) / 2], in the current scope.</summary>
    /// <param name="r">[blocks, side, side], or [side, side] for one.</param>
    public static Tensor Numbers(Tensor r)
    {
        using var scope = NewDisposeScope();
        var blocks = r.Dimensions == 3 ? r : r.unsqueeze(0);
        var skew = (blocks - blocks.transpose(-2, -1)).Over(2);
        return skew.flatten(1).index_select(1, Places(r.shape[^1], r.device)).MoveToOuterDisposeScope();
    }

    /// <summary>The places above the diagonal in a matrix laid out row by row.</summary>
    private static Tensor Places(long side, Device device) => NewTensor.Of(
        [.. Enumerable.Range(0, (int)side).SelectMany(i => Enumerable.Range(i + 1, (int)side - i - 1).Select(j => i * side + j))], device);
}
