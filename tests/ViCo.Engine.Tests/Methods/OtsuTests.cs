using System.Globalization;
using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Tests.Methods;

public sealed class OtsuTests
{
    [Theory]
    [InlineData("01", "0, 1")]
    [InlineData("00001", "0, 0, 0, 0, 1")]
    [InlineData("1111", "1, 1, 1, 1")]
    [InlineData("00001111", "0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8")]
    [InlineData("000111", "0, 0.05, 0.1, 0.9, 0.95, 1")]
    [InlineData("00011001", "2, 3, 2.5, 9, 8, 2.2, 2.1, 7")]
    [InlineData("011", "0, 0.5, 1")]
    [InlineData("0001", "5, 5, 5, 6")]
    public void Ten_bins_part_these_maps_as_worked_out_by_hand(string mask, string map)
    {
        using var scope = NewDisposeScope();
        float[] values = [.. map.Split(", ").Select(v => float.Parse(v, CultureInfo.InvariantCulture))];
        Assert.Equal(mask, Text(Otsu.Mask(tensor(values).unsqueeze(0), 10)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(256)]
    public void Bins_part_as_a_loop_over_thresholds_does(int bins)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var maps = rand([20, 64], dtype: ScalarType.Float32, generator: generator).pow(tensor(3f));
        var masks = Otsu.Mask(maps, bins);
        for (var i = 0; i < 20; i++)
            Assert.Equal(ByLoop(maps[i].data<float>().ToArray(), [.. Enumerable.Range(1, bins - 1).Select(k => (float)((double)k / bins))]),
                Text(masks[i]));
    }

    [Fact]
    public void Thresholds_are_the_float32_nearest_to_each_fraction_whatever_the_bins()
    {
        for (var bins = 2; bins <= 4096; bins++)
        {
            using var scope = NewDisposeScope();
            Assert.Equal([.. Enumerable.Range(1, bins - 1).Select(k => (float)((double)k / bins))], Otsu.Thresholds(bins, CPU).data<float>()
                .ToArray());
        }
    }

    [Fact]
    public void The_exact_threshold_is_the_best_of_all_values_and_equal_values_stay_together()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        // many equal values
        var maps = rand([20, 64], dtype: ScalarType.Float32, generator: generator).pow(tensor(3f)).Times(20).floor();
        var masks = Otsu.Mask(maps, 0);
        for (var i = 0; i < 20; i++)
        {
            var values = maps[i].data<float>().ToArray();
            var (min, max) = (values.Min(), values.Max());
            Assert.Equal(ByLoop(values, [.. values.Select(v => (v - min) / (max - min)).Distinct().Order()]), Text(masks[i]));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public void A_constant_map_is_kept_whole_and_its_neighbours_are_not_touched(int bins)
    {
        using var scope = NewDisposeScope();
        Assert.Equal("11110001", Text(Otsu.Mask(tensor(new float[] { 2, 2, 2, 2, 0, 0, 0, 1 }).view(2, 4), bins)));
    }

    private static string ByLoop(float[] values, float[] thresholds)
    {
        var (min, max) = (values.Min(), values.Max());
        float[] n = [.. values.Select(v => (v - min) / (max - min))];
        var (best, at) = (double.NegativeInfinity, 0f);
        foreach (var threshold in thresholds)
        {
            float[] low = [.. n.Where(v => v < threshold)], high = [.. n.Where(v => v >= threshold)];
            if (low.Length == 0 || high.Length == 0) continue;
            var difference = low.Average(v => (double)v) - high.Average(v => (double)v);
            var variance = (double)low.Length * high.Length * difference * difference;
            // Rounding decides between partitions this close; take the first, as a single-precision search would.
            if (variance > best * (1 + 1e-6)) (best, at) = (variance, threshold);
        }
        return string.Concat(n.Select(v => v >= at ? '1' : '0'));
    }

    private static string Text(Tensor mask) => string.Concat(mask.flatten().data<bool>().ToArray().Select(b => b ? '1' : '0'));
}
