using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("vico_train_tiny")]
public sealed class TrainingTests
{
    private static readonly OptionValues Switches = OptionValues.None;

    public static TheoryData<string> Cases() => GoldenCase.In("vico_train_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_steps_give_the_stored_losses_gradients_and_parameter_changes(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var unet = GoldenNetworks.UNet(golden);
        using var blocks = GoldenNetworks.ImageBlocks(unet, golden);
        var named = blocks.NamedTensors().ToDictionary(t => t.Name, t => t.Parameter);
        string[] order = [.. golden.Config.GetProperty("tensor_order").EnumerateArray().Select(e => e.GetString()!)];
        Assert.Equal(order.Order(), named.Keys.Order());
        var placeholder = Parameter(golden.Input("placeholder"));
        var start = named.ToDictionary(t => t.Key, t => t.Value.detach().clone());
        var placeholderStart = placeholder.detach().clone();
        var settings = golden.Config.GetProperty("optimizer");
        var lambda = golden.Config.GetProperty("lambda_reg").GetDouble();
        using var optimizer = new AdamW(
            [
                new(settings.GetProperty("lr_placeholder").GetDouble(), [("placeholder", placeholder)]),
                new(settings.GetProperty("lr_image_blocks").GetDouble(), [.. named.Select(t => (t.Key, t.Value))]),
            ], settings.GetProperty("weight_decay").GetDouble());
        var schedule = new NoiseSchedule(1000, 0.00085, 0.012);
        var matrix = golden.Input("text_matrix");
        var (totals, noises, regularizations) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());

        for (var i = 0; i < GoldenNetworks.Int(golden.Config, "steps"); i++)
        {
            var t = GoldenNetworks.Ints(golden.Config, "t")[i];
            var column = GoldenNetworks.Int(golden.Config.GetProperty("positions")[i], "placeholder");
            var context = Context(golden.Input($"base_context.{i}"), placeholder, matrix, column);
            using var positions = GoldenNetworks.Positions(golden, [i], context.shape[1]);
            var noise = golden.Input($"noise.{i}");
            var noisy = schedule.AddNoise(golden.Input($"z.{i}"), noise, [t]);

            var (noiseLoss, regularization) = VisualConditionMethod.Loss(
                unet, blocks, new(noisy, noise, golden.Input($"z_ref.{i}"), tensor([(long)t]), context, positions), Switches);
            Check($"grad_reg.placeholder.{i}", autograd.grad([regularization], [placeholder], retain_graph: true)[0]);
            Check($"grad_mse.placeholder.{i}", autograd.grad([noiseLoss], [placeholder], retain_graph: true)[0]);
            var total = noiseLoss.Plus(regularization.Times(lambda));
            optimizer.ZeroGrad();
            total.backward();

            Check($"grad.placeholder.{i}", placeholder.grad!);
            foreach (var (key, parameter) in named) Check($"grad.{i}.{key}", parameter.grad!);
            Check($"grad_norm.image.{i}", stack([.. order.Select(key => named[key].grad!.norm())]));
            Assert.All(unet.parameters(), p => Assert.Null(p.grad));

            optimizer.Step();
            using var noGrad = no_grad();
            Check($"placeholder_after.{i + 1}", placeholder);
            Check($"placeholder_delta.{i + 1}", placeholder - placeholderStart);
            Check($"delta_norm.image.{i + 1}", stack([.. order.Select(key => (named[key] - start[key]).norm())]));
            foreach (var (key, parameter) in named)
            {
                Check($"delta{i + 1}.{key}", parameter - start[key]);
                Check($"after{i + 1}.{key}", parameter);
            }
            totals.Add(total.detach());
            noises.Add(noiseLoss.detach());
            regularizations.Add(regularization.detach());
        }
        golden.Check("loss", stack([.. totals]));
        golden.Check("mse", stack([.. noises]));
        golden.Check("reg", stack([.. regularizations]));
        _checked.Add("loss");
        _checked.Add("mse");
        _checked.Add("reg");
        Assert.Equal([], golden.OutputNames.Except(_checked));

        void Check(string output, Tensor actual)
        {
            if (!golden.HasOutput(output)) return;
            golden.Check(output, actual);
            _checked.Add(output);
        }
    }

    private readonly HashSet<string> _checked = [];

    /// <summary>The stand-in for a text encoder: base before the placeholder, M s at it, base + 0.1 M s after it.</summary>
    private static Tensor Context(Tensor baseContext, Tensor placeholder, Tensor matrix, int column)
    {
        var projected = matmul(placeholder, matrix.t()).unsqueeze(1);                        // [1, 1, D]
        var after = baseContext.narrow(1, column + 1, baseContext.shape[1] - column - 1).Plus(projected.Times(0.1));
        return cat([baseContext.narrow(1, 0, column), projected, after], 1);
    }
}
