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
