namespace ViCo.Engine.Models.UNet;

/// <summary>
/// Which tokens become one: bipartite soft matching over destinations and sources. Bolya et al. 2023 (arXiv:2210.09461), section 3; for
/// images with destinations by window, Bolya and Hoffman 2023 (arXiv:2303.17604), section 4.
/// </summary>
/// <remarks>
/// The sources most like their nearest destination join it; a merged token is the mean of all that met. Merged rows: sources that stay,
/// those most like a destination first, then the destinations by token number. The choice has no gradient, merging and unmerging do. Its
/// tensors belong to the scope it was made in. On a GPU sums run in any order: results repeat up to rounding there.
/// </remarks>
internal sealed class TokenMatch
{
    private readonly Tensor _counts;
    private readonly long _kept;

    private TokenMatch(Tensor rows, Tensor similarity, long kept)
    {
        (Rows, Similarity, _kept) = (rows, similarity, kept);
        _counts = NewTensor.Zeros([rows.shape[0], kept], similarity.dtype, rows.device)
            .scatter_add(1, rows, ones_like(rows, similarity.dtype)).unsqueeze(-1);
    }

    /// <summary>[B, N] int64: the merged row of each token.</summary>
    public Tensor Rows { get; }

    /// <summary>[B, sources]: cosine of each source and its nearest destination, by token number.</summary>
    public Tensor Similarity { get; }

    /// <param name="metric">[B, N, C]: what is compared, by cosine.</param>
    /// <param name="destinations">Ascending token numbers: one list for all samples, or one per sample, of equal length.</param>
    /// <param name="ratio">Share of the N tokens that disappears; as many as there are sources at most.</param>
    public static TokenMatch Of(Tensor metric, IReadOnlyList<long[]> destinations, double ratio)
    {
        using var scope = NewDisposeScope();
        var match = Of(metric, cat([.. destinations.Select(d => Order(metric.shape[1], d, metric.device))]), destinations[0].Length, ratio);
        match.Rows.MoveToOuterDisposeScope();
        match.Similarity.MoveToOuterDisposeScope();
        match._counts.MoveToOuterDisposeScope();
        return match;
    }

    /// <inheritdoc cref="Of(Tensor, IReadOnlyList{long[]}, double)"/>
    /// <param name="order">[1 or B, N]: see <see cref="Order"/>.</param>
    /// <param name="destinations">How many of them are destinations.</param>
    public static TokenMatch Of(Tensor metric, Tensor order, long destinations, double ratio)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (batch, count) = (metric.shape[0], metric.shape[1]);
        var to = order.narrow(1, 0, destinations).expand(batch, -1);                                // [B, D]
        var from = order.narrow(1, destinations, count - destinations).expand(batch, -1);           // [B, S]
        var (sources, merged) = (from.shape[1], Math.Min((long)(count * ratio), from.shape[1]));

        var compared = metric.detach().AtLeastSingle();
        var unit = compared / compared.norm(-1, keepdim: true).AtLeast(1e-12);
        var (similarity, nearest) = bmm(Pick(unit, from), Pick(unit, to).transpose(1, 2)).max(-1);
        var best = similarity.sort(1, descending: true, stable: true).Indices;
        var rank = zeros_like(best).scatter(1, best, Count(sources));
        var row = where(rank.Below(merged), nearest.Plus(sources - merged), rank.Minus(merged));
        var rows = NewTensor.Zeros([batch, count], ScalarType.Int64, metric.device)
            .scatter(1, from, row)
            .scatter(1, to, Count(to.shape[1]).Plus(sources - merged));
        var match = new TokenMatch(rows, similarity, count - merged);
        rows.MoveToOuterDisposeScope();
        similarity.MoveToOuterDisposeScope();
        match._counts.MoveToOuterDisposeScope();
        return match;

        Tensor Count(long length) => TensorArithmetic.Counting(0, length, ScalarType.Int64, metric.device).expand(batch, -1);
    }

    /// <summary>[B, N, C] → [B, kept, C]: the mean of what each row holds.</summary>
    public Tensor Merge(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, channels) = (tokens.shape[0], tokens.shape[2]);
        var summands = tokens.AtLeastSingle();
        var sums = NewTensor.Zeros([batch, _kept, channels], summands.dtype, tokens.device)
            .scatter_add(1, Rows.unsqueeze(-1).expand(-1, -1, channels), summands);
        return (sums / _counts.to(summands.dtype)).As(tokens.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>[B, kept, C] → [B, N, C]: every token takes its row's value.</summary>
    public Tensor Unmerge(Tensor merged) => Pick(merged, Rows);

    private static Tensor Pick(Tensor tokens, Tensor numbers) =>
        tokens.gather(1, numbers.unsqueeze(-1).expand(-1, -1, tokens.shape[2]));

    /// <summary>[1, N] int64: numbers of the destinations, then those of all other tokens, ascending.</summary>
    public static Tensor Order(long count, long[] destinations, Device device)
    {
        var taken = new bool[count];
        foreach (var token in destinations) taken[token] = true;
        long[] numbers = [.. destinations, .. Enumerable.Range(0, (int)count).Where(token => !taken[token]).Select(token => (long)token)];
        return NewTensor.Of(numbers, device).view(1, count);
    }
}
