namespace ViCo.Pictures;

/// <summary>
/// Resizes as Pillow does, bit for bit: antialiased (the kernel widens when shrinking), first across, then down, rounding to bytes between.
/// </summary>
/// <remarks>
/// CLIP's, DINO's and Stable Diffusion's own pipelines resize with Pillow; another bicubic moves scores in the third decimal.
/// </remarks>
public static class Resampler
{
    /// <summary>Fraction bits of the fixed-point weights: 32 − 8 for the byte − 2 for overshoot and sign.</summary>
    private const int FractionBits = 22;

    /// <summary>A copy of <paramref name="width"/> × <paramref name="height"/> px.</summary>
    public static Picture Resize(Picture picture, int width, int height, ResampleFilter filter)
    {
        var across = picture.Width == width ? picture : Across(picture, width, filter);
        return across.Height == height ? across : Down(across, height, filter);
    }

    private static Picture Across(Picture source, int width, ResampleFilter filter)
    {
        var taps = Taps.For(source.Width, width, filter);
        var rgb = new byte[3 * width * source.Height];
        var to = 0;
        for (var y = 0; y < source.Height; y++)
        {
            var row = source.Rgb.AsSpan(3 * y * source.Width, 3 * source.Width);
            foreach (var (first, weights) in taps)
            {
                int r = 1 << (FractionBits - 1), g = r, b = r;
                var from = 3 * first;
                foreach (var weight in weights)
                {
                    r += row[from] * weight;
                    g += row[from + 1] * weight;
                    b += row[from + 2] * weight;
                    from += 3;
                }

                rgb[to++] = Clip(r);
                rgb[to++] = Clip(g);
                rgb[to++] = Clip(b);
            }
        }

        return new(width, source.Height, rgb);
    }

    private static Picture Down(Picture source, int height, ResampleFilter filter)
    {
        var taps = Taps.For(source.Height, height, filter);
        var stride = 3 * source.Width;
        var rgb = new byte[stride * height];
        var sums = new int[stride];
        for (var y = 0; y < height; y++)
        {
            var (first, weights) = taps[y];
            Array.Fill(sums, 1 << (FractionBits - 1));
            for (var k = 0; k < weights.Length; k++)
            {
                var row = source.Rgb.AsSpan((first + k) * stride, stride);
                for (var i = 0; i < stride; i++)
                    sums[i] += row[i] * weights[k];
            }

            for (var i = 0; i < stride; i++)
                rgb[(y * stride) + i] = Clip(sums[i]);
        }

        return new(source.Width, height, rgb);
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    /// <summary>For each output position the first input position and the fixed-point weights from there on.</summary>
    private static class Taps
    {
        public static (int First, int[] Weights)[] For(int from, int to, ResampleFilter filter)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(to, 1);
            var radius = filter == ResampleFilter.Bicubic ? 2.0 : 1.0;
            var scale = (double)from / to;
            var widening = Math.Max(scale, 1.0);
            var support = radius * widening;
            var taps = new (int, int[])[to];
            for (var i = 0; i < to; i++)
            {
                var centre = (i + 0.5) * scale;
                var first = Math.Max((int)(centre - support + 0.5), 0);
                var count = Math.Min((int)(centre + support + 0.5), from) - first;
                var weights = new double[count];
                var sum = 0.0;
                for (var k = 0; k < count; k++)
                    sum += weights[k] = Kernel((k + first - centre + 0.5) * (1.0 / widening), filter);
                taps[i] = (first, Array.ConvertAll(weights, w => Fixed(w / sum)));
            }

            return taps;
        }

        private static int Fixed(double weight) => (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << FractionBits)));

        private static double Kernel(double x, ResampleFilter filter)
        {
            x = Math.Abs(x);
            if (filter == ResampleFilter.Bilinear)
                return x < 1 ? 1 - x : 0;
            const double A = -0.5;
            return x < 1 ? (((A + 2) * x) - (A + 3)) * x * x + 1
                : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A
                : 0;
        }
    }
}
