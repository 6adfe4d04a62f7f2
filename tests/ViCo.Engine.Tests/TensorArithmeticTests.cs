namespace ViCo.Engine.Tests;

public sealed class TensorArithmeticTests
{
    [Fact]
    public void Numbers_stay_what_they_are_while_the_collector_runs()
    {
        using var over = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.IsBackground = true;
        collector.Start();
        try
        {
            // Only code that the JIT has optimized lets go of an object before its method ends: that takes some ten thousand calls.
            for (var i = 0; i < 60_000; i++)
            {
                using var round = NewDisposeScope();
                var x = ones(8);
                Assert.Equal(2f, x.Plus(x)[7].item<float>());
                Assert.Equal(0.25f, x.Times(0.5).Minus(0.25)[7].item<float>());
            }
        }
        finally
        {
            over.Cancel();
            collector.Join();
        }
    }

    [Fact]
    public void Whole_numbers_keep_whole_tensors_whole()
    {
        using var scope = NewDisposeScope();
        var x = TensorArithmetic.Counting(2, 6, ScalarType.Int64, CPU);
        Assert.Equal([2L, 3, 4, 5], x.data<long>().ToArray());
        Assert.Equal([5L, 6, 7, 8], x.Plus(3).data<long>().ToArray());
        Assert.Equal([-1L, 0, 1, 2], x.Minus(3).data<long>().ToArray());
        Assert.Equal([3L, 3, 4, 4], x.AtLeast(3).AtMost(4).data<long>().ToArray());
        Assert.Equal([true, false, false, false], x.Below(3).data<bool>().ToArray());
        Assert.Equal([1f, 1.5f, 2f, 2.5f], x.Over(2).data<float>().ToArray());
        Assert.Equal([0.5f, 0.5f], TensorArithmetic.Repeated(0.5, 2, ScalarType.Float32, CPU).data<float>().ToArray());
    }
}
