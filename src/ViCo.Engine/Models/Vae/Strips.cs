namespace ViCo.Engine.Models.Vae;

/// <summary>The decoder's layers on maps too large to have many of in memory: strip by strip, some rows at a time.</summary>
/// <remarks>
/// Norms use the means and variances of the whole map, and a strip sees the rows around it that its convolution reaches. So the result is
/// the whole map's up to rounding, and what lies between norm, activation and convolution is in memory for one strip at a time.
/// </remarks>
internal static class Strips
{
    /// <summary>Cells of a strip.</summary>
    private const long Cells = 1 << 16;

    /// <summary>map [B, C, h, w] → convolution of it.</summary>
    public static Tensor Convolve(Conv2d conv, Tensor map) => Convolve(conv, map, scale: 1, rows => rows);

    /// <summary>map [B, C, h, w] → norm, SiLU, convolution.</summary>
    /// <param name="summand">Of the result's shape: it is added; null: nothing is.</param>
    public static Tensor Convolve(GroupNorm norm, Conv2d conv, Tensor map, Tensor? summand = null)
    {
        using var scope = NewDisposeScope();
        var (gain, shift) = Affine(norm, map);
        return Convolve(conv, map, scale: 1, Activated, summand).MoveToOuterDisposeScope();

        Tensor Activated(Tensor rows) => Activation.Silu((rows.AtLeastSingle() * gain).AddInPlace(shift).As(rows.dtype));
    }

    /// <summary>map [B, C, h, w] → what <paramref name="prepare"/> makes of it, convolved.</summary>
    /// <param name="scale">Rows and columns that <paramref name="prepare"/> makes of one.</param>
    /// <param name="prepare">Works on each row by itself.</param>
    public static Tensor Convolve(Conv2d conv, Tensor map, long scale, Func<Tensor, Tensor> prepare, Tensor? summand = null)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (map.shape[2], map.shape[3]);
        var reach = conv.weight.shape[2] / 2;
        var result = NewTensor.Empty([map.shape[0], conv.out_channels, scale * height, scale * width], map.dtype, map.device);
        var rows = Math.Max(Cells / (scale * scale * width), 1);
        for (var top = 0L; top < height; top += rows)
        {
            using var strip = NewDisposeScope();
            var bottom = Math.Min(top + rows, height);
            var (from, to) = (Math.Max(top - reach, 0), Math.Min(bottom + reach, height));
            // What the strip's own rows see, as far as the map goes; beyond its edges are zeros.
            var (first, last) = (Math.Max(scale * top - reach, 0), Math.Min(scale * bottom + reach, scale * height));
            var seen = prepare(map.narrow(2, from, to - from)).narrow(2, first - scale * from, last - first);
            var padded = F.pad(seen, [0, 0, first - (scale * top - reach), scale * bottom + reach - last]);
            var convolved = F.conv2d(padded, conv.weight, conv.bias, padding: [0, reach]);
            Own(result).copy_(summand is null ? convolved : convolved.Plus(Own(summand)));

            Tensor Own(Tensor whole) => whole.narrow(2, scale * top, scale * (bottom - top));
        }
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A group norm as gain and shift of each channel [B, C, 1, 1], float32, from the moments of the whole map. Wu and He 2018.
    /// </summary>
    private static (Tensor Gain, Tensor Shift) Affine(GroupNorm norm, Tensor map)
    {
        var (batch, channels, height) = (map.shape[0], map.shape[1], map.shape[2]);
        var rows = Math.Max(Cells / map.shape[3], 1);
        var sums = NewTensor.Zeros([2, batch, norm.num_groups], ScalarType.Float64, map.device);
        for (var top = 0L; top < height; top += rows)
        {
            using var strip = NewDisposeScope();
            var groups = map.narrow(2, top, Math.Min(rows, height - top)).reshape(batch, norm.num_groups, -1).AtLeastSingle();
            sums.copy_(sums.Plus(stack([groups.sum(-1, type: ScalarType.Float64), groups.square().sum(-1, type: ScalarType.Float64)])));
        }
        var moments = sums.Over((double)channels / norm.num_groups * height * map.shape[3]);
        var (mean, square) = (moments.select(0, 0), moments.select(0, 1));
        var deviation = (square - mean * mean).Plus(norm.eps).rsqrt();
        var gain = Channels(deviation) * norm.weight!.view(1, -1, 1, 1);
        return (gain.to(ScalarType.Float32), (norm.bias!.view(1, -1, 1, 1) - Channels(mean) * gain).to(ScalarType.Float32));

        Tensor Channels(Tensor perGroup) => perGroup.repeat_interleave(channels / norm.num_groups, 1).view(batch, channels, 1, 1);
    }
}
