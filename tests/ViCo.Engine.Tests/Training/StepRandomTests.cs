using ViCo.Engine.Training;

namespace ViCo.Engine.Tests.Training;

public sealed class StepRandomTests
{
    [Fact]
    public void A_stream_depends_on_seed_purpose_and_index_and_on_nothing_else()
    {
        Assert.Equal(Draw(1, StepRandom.Purpose.Sample, 5), Draw(1, StepRandom.Purpose.Sample, 5));
        ulong[] others =
        [
            Draw(1, StepRandom.Purpose.Sample, 5), Draw(2, StepRandom.Purpose.Sample, 5), Draw(1, StepRandom.Purpose.Order, 5),
            Draw(1, StepRandom.Purpose.Sample, 6), Draw(-1, StepRandom.Purpose.Sample, 5),
        ];
        Assert.Equal(others.Length, others.Distinct().Count());

        static ulong Draw(long seed, StepRandom.Purpose purpose, long index) => new StepRandom(seed, purpose, index).Next();
    }

    [Fact]
    public void Draws_of_neighbouring_indices_are_even()
    {
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++) counts[new StepRandom(23, StepRandom.Purpose.Sample, i).Below(10)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400));          // ± 4 standard deviations
    }
}
