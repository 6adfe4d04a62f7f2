using AdamW = ViCo.Engine.Training.AdamW;
using Parameter = TorchSharp.Modules.Parameter;

namespace ViCo.Engine.Tests.Training;

public sealed class AdamWTests
{
    private const double Rate = 0.1, Decay = 0.01;

    // Two tensors of one number each: the second has no gradient in the first steps, nor in one between.
    private static readonly float?[][] Gradients = [[0.5f, null], [-0.25f, null], [1f, 0.75f], [0.125f, null], [-1f, 0.5f], [0.25f, -0.5f]];

    [Fact]
    public void Each_tensor_is_corrected_by_its_own_number_of_updates()
    {
        using var scope = NewDisposeScope();
        var (parameters, optimizer) = Start();
        using (optimizer) Run(parameters, optimizer, Gradients);

        Assert.Equal(Formula(0), parameters[0].item<float>(), 1e-6);
        Assert.Equal(Formula(1), parameters[1].item<float>(), 1e-6);
        Assert.Equal(6, optimizer.Steps);
        Assert.Equal([6, 3], optimizer.Updates);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_optimizer_that_takes_up_anothers_state_goes_on_bit_by_bit(int at)
    {
        using var scope = NewDisposeScope();
        var (whole, first) = Start();
        var (half, second) = Start();
        using (first)
        using (second)
        {
            Run(whole, first, Gradients[..at]);
            var state = first.State().ToDictionary(s => s.Key, s => s.Value.clone());
            second.Restore(first.Steps, first.Updates, name => state[name]);
            using (no_grad())
            {
                foreach (var (from, to) in whole.Zip(half)) to.copy_(from);
            }

            Run(whole, first, Gradients[at..]);
            Run(half, second, Gradients[at..]);
        }

        Assert.Equal(whole.Select(p => p.item<float>()), half.Select(p => p.item<float>()));
    }

    // Sizes as odd as vector units like them least.
    private static readonly long[][] Shapes = [[7, 3], [1], [33], [2, 5, 3]];

    [Fact]
    public void Tensors_that_move_as_one_vector_take_the_same_steps_bit_by_bit_as_each_on_its_own()
    {
        using var scope = NewDisposeScope();
        var (alone, together) = (Random(), Random());
        using var first = Optimizer(alone, everyStep: false);
        using var second = Optimizer(together, everyStep: true);
        for (var step = 1; step <= 5; step++)
        {
            Learn(alone, first, step);
            Learn(together, second, step);
        }

        foreach (var (a, b) in alone.Zip(together)) Assert.True(a.equal(b).all().item<bool>());
        foreach (var (a, b) in first.State().Zip(second.State()))
        {
            Assert.Equal(a.Key, b.Key);
            Assert.True(a.Value.equal(b.Value).all().item<bool>(), a.Key);
        }
        Assert.Equal(first.Updates, second.Updates);
    }

    [Fact]
    public void State_goes_from_tensors_on_their_own_to_tensors_in_one_vector()
    {
        using var scope = NewDisposeScope();
        var (alone, together) = (Random(), Random());
        using var first = Optimizer(alone, everyStep: false);
        using var second = Optimizer(together, everyStep: true);
        for (var step = 1; step <= 3; step++) Learn(alone, first, step);
        var state = first.State().ToDictionary(s => s.Key, s => s.Value.clone());
        second.Restore(first.Steps, first.Updates, name => state[name]);
        using (no_grad())
        {
            foreach (var (from, to) in alone.Zip(together)) to.copy_(from);
        }

        Learn(alone, first, 4);
        Learn(together, second, 4);

        foreach (var (a, b) in alone.Zip(together)) Assert.True(a.equal(b).all().item<bool>());
    }

    [Fact]
    public void A_step_makes_no_more_tensors_for_eighty_than_for_two()
    {
        using var scope = NewDisposeScope();
        Assert.InRange(MadeInAStep(80), 1, 50);
        Assert.Equal(MadeInAStep(2), MadeInAStep(80));
    }

    [Fact]
    public void A_tensor_without_gradient_in_a_group_that_promises_one_is_named()
    {
        using var scope = NewDisposeScope();
        var parameters = Random();
        using var optimizer = Optimizer(parameters, everyStep: true);
        parameters[0].sum().backward();

        var error = Assert.Throws<InvalidOperationException>(optimizer.Step);

        Assert.Contains("'1'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_in_one_vector_cannot_take_up_different_numbers_of_updates()
    {
        using var scope = NewDisposeScope();
        using var optimizer = Optimizer(Random(), everyStep: true);

        Assert.Throws<ArgumentException>(() =>
            optimizer.Restore(3, [3, 3, 2, 3], _ => throw new InvalidOperationException("asked for state")));
    }

    private static long MadeInAStep(int tensors)
    {
        using var scope = NewDisposeScope();
        Parameter[] parameters = [.. Enumerable.Range(0, tensors).Select(_ => nn.Parameter(rand(4, 4)))];
        using var optimizer = Optimizer(parameters, everyStep: true);
        Learn(parameters, optimizer, 1);
        optimizer.ZeroGrad();
        Loss(parameters, 2).backward();
        var before = Made();
        optimizer.Step();
        optimizer.ZeroGrad();
        return Made() - before;

        static long Made() => DisposeScopeManager.Statistics.CreatedInScopeCount + DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
    }

    private static Parameter[] Random()
    {
        using var generator = new Generator(5);
        return [.. Shapes.Select(shape => nn.Parameter(randn(shape, dtype: ScalarType.Float32, generator: generator)))];
    }

    private static AdamW Optimizer(Parameter[] parameters, bool everyStep) =>
        new([new(Rate, [.. parameters.Select((p, i) => ($"{i}", p))]) { EveryStep = everyStep }], Decay);

    /// <summary>A quadratic about a target that moves with the step.</summary>
    private static Tensor Loss(Parameter[] parameters, int step) =>
        parameters.Select(p => p.Minus(0.3 * step)).Select(d => (d * d).sum()).Aggregate((a, b) => a.Plus(b));

    private static void Learn(Parameter[] parameters, AdamW optimizer, int step)
    {
        optimizer.ZeroGrad();
        Loss(parameters, step).backward();
        optimizer.Step();
    }

    /// <summary>Loshchilov and Hutter's algorithm 2 in double precision, over the steps that have a gradient.</summary>
    private static double Formula(int tensor)
    {
        double x = 1, mean = 0, square = 0;
        var t = 0;
        foreach (double g in Gradients.Select(step => step[tensor]).OfType<float>())
        {
            t++;
            mean = AdamW.Beta1 * mean + (1 - AdamW.Beta1) * g;
            square = AdamW.Beta2 * square + (1 - AdamW.Beta2) * g * g;
            var (m, v) = (mean / (1 - Math.Pow(AdamW.Beta1, t)), square / (1 - Math.Pow(AdamW.Beta2, t)));
            x = x - Rate * Decay * x - Rate * m / (Math.Sqrt(v) + AdamW.Epsilon);
        }

        return x;
    }

    private static (Parameter[] Parameters, AdamW Optimizer) Start()
    {
        Parameter[] parameters = [nn.Parameter(ones(1)), nn.Parameter(ones(1))];
        return (parameters, new([new(Rate, [("a", parameters[0]), ("b", parameters[1])])], Decay));
    }

    private static void Run(Parameter[] parameters, AdamW optimizer, IEnumerable<float?[]> gradients)
    {
        foreach (var step in gradients)
        {
            optimizer.ZeroGrad();
            using (no_grad())
            {
                foreach (var (parameter, gradient) in parameters.Zip(step))
                {
                    if (gradient is { } g) parameter.grad = tensor(new[] { g });
                }
            }

            optimizer.Step();
        }
    }
}
