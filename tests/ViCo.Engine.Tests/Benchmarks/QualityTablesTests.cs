using ViCo.Benchmarks.Quality;
using ViCo.Engine.Metrics;

namespace ViCo.Engine.Tests.Benchmarks;

public sealed class QualityTablesTests
{
    [Fact]
    public void An_interval_holds_the_mean_narrows_with_more_values_and_is_the_value_where_all_are_alike()
    {
        var few = Interval.Of([.. Enumerable.Range(0, 6).Select(i => i / 5.0)]);
        var many = Interval.Of([.. Enumerable.Range(0, 600).Select(i => i % 6 / 5.0)]);
        Assert.Equal(0.5, few.Mean, 1e-12);
        Assert.InRange(few.Mean, few.Low, few.High);
        Assert.True(many.High - many.Low < (few.High - few.Low) / 5);
        // Of 600 values of deviation 0.34 the mean's own is 0.014: about four of them from end to end.
        Assert.InRange(many.High - many.Low, 0.04, 0.07);
        Assert.Equal(new(0.3, 0.3, 0.3), Interval.Of([0.3]));
        Assert.Equal(few, Interval.Of([.. Enumerable.Range(0, 6).Select(i => i / 5.0)]));
        Assert.Equal("0.50 (0.30 to 0.70)", new Interval(0.5, 0.3, 0.7).ToString());
        Assert.Throws<ArgumentException>(() => Interval.Of([]));
    }

    [Fact]
    public void Differences_are_those_of_the_same_concept()
    {
        // Far apart between concepts, and always 0.1 between methods: pairs tell what means alone do not.
        double[] others = [0.1, 0.9, 0.3, 0.7];
        var interval = Interval.OfDifferences([.. others.Select(v => v + 0.1)], others);
        Assert.Equal((0.1, 0.1, 0.1), (Math.Round(interval.Mean, 9), Math.Round(interval.Low, 9), Math.Round(interval.High, 9)));
        Assert.Throws<ArgumentException>(() => Interval.OfDifferences([1, 2], [1]));
    }

    [Fact]
    public void The_tables_say_means_shares_of_the_ceiling_and_differences_and_csv_every_prompt()
    {
        var report = new QualityReport("tiny", "0123456789abcdef", "cpu", [], [Concept("a", 0.4, 0.2), Concept("b, \"c\"", 0.6, 0.2)]);
        var means = QualityTables.Means(report).Split('\n');
        Assert.StartsWith("| good | 0.50 (0.40 to 0.60) |", means[2], StringComparison.Ordinal);
        Assert.EndsWith("| 63 % | 100 % |", means[2], StringComparison.Ordinal);
        Assert.StartsWith("| *photos through the autoencoder* | 0.50 |", means[5], StringComparison.Ordinal);
        Assert.Contains("| good | bad | 0.30 (0.20 to 0.40) |", QualityTables.Differences(report), StringComparison.Ordinal);
        var csv = QualityTables.ToCsv(report).Split('\n');
        Assert.Equal("a,good,a photo of a *,0.4000,0.5000,0.6000", csv[1]);
        Assert.Equal("\"b, \"\"c\"\"\",bad,a photo of a *,0.2000,0.5000,0.6000", csv[4]);

        static ConceptQuality Concept(string name, double good, double bad) =>
            new(name, [Method("good", good), Method("bad", bad)], []) { Ceiling = new(0.8, 0.7, 0.5, 0.6) };

        static MethodQuality Method(string name, double dino) =>
            new(name, [new("a photo of a *", new ConceptScores(dino, 0.5, 0.6))], 1);
    }
}
