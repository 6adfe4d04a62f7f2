using ViCo.Engine.Models;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Models;

public sealed class ConvolutionTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    public void A_gradient_never_depends_on_what_memory_held_before(int outChannels)
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(32, outChannels, kernel_size: 3, padding: 1);
        foreach (var parameter in conv.parameters()) parameter.requires_grad = false;
        for (var i = 0; i < 10; i++)
        {
            using var turn = NewDisposeScope();
            var input = ones(4, 32, 16, 16).requires_grad_();
            var loss = conv.Convolve(input).square().sum();
            PoisonFreeMemory();
            Assert.False(autograd.grad([loss], [input])[0].isnan().any().item<bool>());
        }
    }

    [Fact]
    public void Padding_changes_neither_result_nor_gradient()
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(8, 8, kernel_size: 3, padding: 1);
        var input = randn(2, 8, 5, 7).requires_grad_();
        // In double precision oneDNN takes no part.
        using var exact = Conv2d(8, 8, kernel_size: 3, padding: 1).to(float64);
        using (no_grad())
        {
            exact.weight.copy_(conv.weight);
            exact.bias!.copy_(conv.bias!);
        }
        var doubled = input.detach().to(float64).requires_grad_();

        var (ours, wanted) = (conv.Convolve(input), exact.call(doubled));
        Near(wanted, ours);
        Near(autograd.grad([wanted.square().sum()], [doubled])[0], autograd.grad([ours.square().sum()], [input])[0]);

        static void Near(Tensor wanted, Tensor actual) =>
            Assert.True((wanted - actual).norm().item<double>() <= 1e-6 * wanted.norm().item<double>());
    }

    private static void PoisonFreeMemory()
    {
        var junk = Enumerable.Range(9, 9)
            .SelectMany(bits => Enumerable.Range(0, 12)
            .Select(_ => TensorArithmetic.Repeated(double.NaN, 1L << bits, ScalarType.Float32, CPU))).ToArray();
        foreach (var tensor in junk) tensor.Dispose();
    }
}
