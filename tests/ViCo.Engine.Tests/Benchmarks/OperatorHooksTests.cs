using ViCo.Benchmarks;
using ViCo.Benchmarks.Operators;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Methods;

namespace ViCo.Engine.Tests.Benchmarks;

public sealed class OperatorHooksTests
{
    [Fact]
    public void Layers_are_counted_forwards_and_backwards_from_their_shapes()
    {
        using var scope = NewDisposeScope();
        using var layers = nn.Sequential(("conv", nn.Conv2d(16, 32, kernel_size: 3, padding: 1)), ("linear", nn.Linear(8, 4)));
        foreach (var parameter in layers.parameters()) parameter.requires_grad = false;
        ((TorchSharp.Modules.Linear)layers[1]).weight.requires_grad = true;
        var timeline = new OperatorTimeline();
        using (new OperatorHooks(timeline, layers)) layers.call(ones(2, 16, 8, 8).requires_grad_()).sum().backward();

        var shares = timeline.Shares(1).ToDictionary(s => s.Kind);
        // forwards, gradient by the input
        Assert.Equal(2 * 2 * 32 * 64 * 16 * 9 * 2 / 1e9, shares[OperatorKind.Convolution].GigaFlop, 1e-12);
        Assert.Equal(2 * 2 * 32 * 8 * 4 * 8 * 3 / 1e9, shares[OperatorKind.Linear].GigaFlop, 1e-12);             // and by the weight
        Assert.True(shares[OperatorKind.Convolution].Seconds > 0);
    }

    [Fact]
    public void Hooks_change_neither_output_nor_gradient_and_are_gone_afterwards()
    {
        using var scope = NewDisposeScope();
        using var net = new TinyNetwork();
        var (latents, timesteps) = (net.Random(2, 4, 16, 16), tensor(new[] { 1L, 500 }));
        var text = net.Random(2, TinyNetwork.Tokens, TinyNetwork.TextWidth);
        var timeline = new OperatorTimeline();
        var (before, gradient) = Run();
        using (new OperatorHooks(timeline, net.UNet))
        {
            var hooked = Run();
            Assert.Equal(before, hooked.Output);
            Assert.Equal(gradient, hooked.Gradient);
        }

        var shares = timeline.Shares(1);
        Assert.All(
            shares.Where(s => s.Kind is not (OperatorKind.Otsu or OperatorKind.Optimizer)), s =>
                Assert.True(s.Seconds > 0, s.Kind.ToString()));
        timeline.Clear();
        Run();
        Assert.Equal(0, timeline.Shares(1).Sum(s => s.GigaFlop));

        (float[] Output, float[] Gradient) Run()
        {
            using var pass = NewDisposeScope();
            var context = text.detach().clone().requires_grad_();
            var output = net.UNet.call(latents, timesteps, new AttentionContext(context), null);
            output.square().sum().backward();
            return (output.detach().data<float>().ToArray(), context.grad!.data<float>().ToArray());
        }
    }
}
