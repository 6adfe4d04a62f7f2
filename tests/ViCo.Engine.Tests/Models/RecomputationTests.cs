using ViCo.Engine.Models;
using Parameter = TorchSharp.Modules.Parameter;

namespace ViCo.Engine.Tests.Models;

public sealed class RecomputationTests
{
    [Fact]
    public void Outputs_and_gradients_of_inputs_and_weights_are_those_of_the_part_itself()
    {
        using var scope = NewDisposeScope();
        var (weight, input, other) = Numbers();
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i)
        {
            using var inner = NewDisposeScope();
            var h = i[0].matmul(weight).tanh();
            return [(h * i[1]).MoveToOuterDisposeScope(), h.square().sum().MoveToOuterDisposeScope()];
        }

        var plain = Gradients(Part([input, other]), weight, input);
        var again = Gradients(Recomputation.Of(Part, input, other), weight, input);

        Assert.Equal(plain, again);
    }

    [Fact]
    public void An_output_that_leads_nowhere_has_no_part_in_the_gradient()
    {
        using var scope = NewDisposeScope();
        var (weight, input, _) = Numbers();
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i) => [i[0].matmul(weight), i[0].exp()];

        Recomputation.Of(Part, input)[0].sum().backward();
        var found = Values(input.grad!);
        input.grad = null;
        Part([input])[0].sum().backward();

        Assert.Equal(Values(input.grad!), found);
    }

    [Fact]
    public void A_part_runs_without_a_graph_first_and_again_only_for_its_gradient()
    {
        using var scope = NewDisposeScope();
        var (_, input, _) = Numbers();
        var graphs = new List<bool>();
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i)
        {
            graphs.Add(is_grad_enabled());
            return [i[0].exp()];
        }

        var output = Recomputation.Of(Part, input)[0];
        Assert.Equal([false], graphs);
        output.sum().backward();
        Assert.Equal([false, true], graphs);
        using (no_grad()) Recomputation.Of(Part, input);
        Assert.Equal([false, true, false], graphs);
    }

    [Fact]
    public void What_goes_wrong_in_the_second_run_is_thrown_afterwards_instead_of_ending_the_process()
    {
        using var scope = NewDisposeScope();
        var (_, input, _) = Numbers();
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i) =>
            is_grad_enabled() ? throw new InvalidOperationException("second run") : [i[0].exp()];

        var outer = Recomputation.Of(Part, Recomputation.Of(Part, input)[0])[0];
        outer.sum().backward();

        Assert.Equal("second run", Assert.Throws<InvalidOperationException>(Recomputation.ThrowFailure).Message);
        Recomputation.ThrowFailure();
    }

    [Fact]
    public void What_goes_wrong_on_another_thread_is_thrown_on_the_one_that_ran_the_part_first_and_the_next_pass_is_whole()
    {
        using var scope = NewDisposeScope();
        var (_, input, _) = Numbers();
        var fails = true;
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i) =>
            fails && is_grad_enabled() ? throw new InvalidOperationException("second run") : [i[0].exp()];

        // So does libtorch where the gradient is a GPU's.
        void BackwardElsewhere(Tensor sum)
        {
            var thread = new Thread(() => sum.backward());
            thread.Start();
            thread.Join();
        }

        BackwardElsewhere(Recomputation.Of(Part, input)[0].sum());
        Assert.Equal("second run", Assert.Throws<InvalidOperationException>(Recomputation.ThrowFailure).Message);

        fails = false;
        BackwardElsewhere(Recomputation.Of(Part, input)[0].sum());
        Recomputation.ThrowFailure();
        Assert.Equal(Values(input.exp()), Values(input.grad!));
    }

    [Fact]
    public void Gradients_between_parts_live_no_longer_than_they_are_needed()
    {
        using var scope = NewDisposeScope();
        var (_, input, _) = Numbers();
        var alive = new List<long>();
        IReadOnlyList<Tensor> Part(IReadOnlyList<Tensor> i)
        {
            if (is_grad_enabled()) alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            return [i[0].exp()];
        }

        var output = input;
        for (var depth = 0; depth < 5; depth++) output = Recomputation.Of(Part, output)[0];
        output.sum().backward();

        // The first has none before it whose gradients could still be there.
        Assert.Equal(5, alive.Count);
        Assert.Single(alive.Skip(1).Distinct());
    }

    [Fact]
    public void It_leaves_no_tensor_behind()
    {
        Round();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Round();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        static void Round()
        {
            using var scope = NewDisposeScope();
            var (weight, input, other) = Numbers();
            Gradients(Recomputation.Of(i => [i[0].matmul(weight) * i[1], i[0].sum()], input, other), weight, input);
        }
    }

    private static (Parameter Weight, Tensor Input, Tensor Other) Numbers()
    {
        using var generator = new Generator(3);
        return (nn.Parameter(Normal(5, 5)), Normal(4, 5).requires_grad_(true), Normal(4, 5));

        Tensor Normal(params long[] shape) => randn(shape, dtype: ScalarType.Float32, generator: generator);
    }

    private static float[] Gradients(IReadOnlyList<Tensor> outputs, Parameter weight, Tensor input)
    {
        weight.grad = null;
        input.grad = null;
        outputs[0].square().sum().Plus(outputs[1].Times(0.5)).backward();
        Recomputation.ThrowFailure();
        return [.. Values(outputs[0]), .. Values(weight.grad!), .. Values(input.grad!)];
    }

    private static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
