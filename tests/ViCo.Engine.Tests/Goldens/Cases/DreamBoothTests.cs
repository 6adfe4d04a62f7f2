using System.Globalization;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Text;
using AdamW = ViCo.Engine.Training.AdamW;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("dreambooth_tiny")]
public sealed class DreamBoothTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Both_networks_whole_give_the_stored_losses_and_gradients_at_each_weight_of_the_class(double weight)
    {
        using var golden = GoldenCase.Open("dreambooth_tiny/prior");
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        using var unet = new WholeNetwork(model, NetworkLayer.OfUNet, 1e-4);
        using var text = new WholeNetwork(model, NetworkLayer.OfText, 1e-4);
        using var random = new Generator(1);
        var pass = new Adaptation();
        foreach (var network in new[] { unet, text })
        {
            network.Create(random);
            network.Join(pass, Share.Whole);
        }
        var hidden = pass.TextEncoder!.call(golden.Input("input_ids"), pass);
        golden.Check("hidden", hidden);
        int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
        var (z, noise) = (golden.Input("z"), golden.Input("noise"));
        var noisy = model.Schedule.AddNoise(z, noise, timesteps);
        golden.Check("noisy", noisy);
        var found = pass.UNet!.call(noisy, golden.Input("t"), new(hidden), pass);
        golden.Check("eps", found);
        var nothing = new TokenizedPrompt([], [], 0, 0);
        var shots = timesteps.Select((_, i) => new Shot(nothing) { IsPrior = i >= timesteps.Length / 2 }).ToList();
        var terms = NoiseLoss.Of(found, new TrainingBatch(shots, z, noise, timesteps), weight);
        var at = weight.ToString("0.0", CultureInfo.InvariantCulture);
        var total = terms.Total();
        golden.Check($"loss.{at}", stack([total, .. terms.Select(t => t.Value)]));
        total.backward();

        var gradients = unet.Tensors.Concat(text.Tensors).ToDictionary(t => t.Name, t => t.Parameter.grad!);
        golden.Check($"grad_norm.unet.{at}", Norms("unet"));
        golden.Check($"grad_norm.text.{at}", Norms("text_encoder", "text"));
        var prefix = $"grad.{at}.";
        foreach (var output in golden.OutputNames.Where(o => o.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var name = output[prefix.Length..];
            golden.Check(output, name == "token_rows"
                ? gradients["text_encoder.text_model.embeddings.token_embedding.weight"].index_select(0, golden.Input("token_rows"))
                : gradients[$"{(name.StartsWith("text_model", StringComparison.Ordinal) ? "text_encoder" : "unet")}.{name}"]);
        }
        Assert.All(model.UNet.parameters().Concat(model.TextEncoder.parameters()), p => Assert.Null(p.grad));

        if (weight != 1) return;
        using var optimizer = new AdamW(
            [new(1e-4, [.. unet.Tensors, .. text.Tensors])], weightDecay: 0.01) { ClipNorm = 1 };
        golden.Check("total_norm.1.0", stack([.. gradients.Values.Select(g => g.square().sum())]).sum().sqrt().view(1));
        var before = unet.Tensors.Concat(text.Tensors).ToDictionary(t => t.Name, t => t.Parameter.detach().clone());
        optimizer.Step();
        Assert.Equal(1, stack([.. gradients.Values.Select(g => g.square().sum())]).sum().sqrt().item<float>(), 1e-4);
        foreach (var output in golden.OutputNames.Where(o => o.StartsWith("delta.", StringComparison.Ordinal)))
        {
            var name = output["delta.".Length..];
            var (key, parameter) = unet.Tensors.Concat(text.Tensors).Single(t => t.Name.EndsWith($"{(name.StartsWith("text_model",
                StringComparison.Ordinal) ? "text_encoder" : "unet")}.{name}", StringComparison.Ordinal));
            golden.Check(output, parameter.detach() - before[key]);
        }

        Tensor Norms(string network, string? order = null) => stack([.. golden.Config.GetProperty($"tensor_order_{order ?? network}")
            .EnumerateArray().Select(n => gradients[$"{network}.{n.GetString()}"].norm())]);
    }

    [Theory]
    [InlineData(DreamBoothOption.Full, NetworkLayer.OfUNet)]
    [InlineData(DreamBoothOption.Prior, NetworkLayer.OfUNet)]
    [InlineData(DreamBoothOption.TextEncoder, NetworkLayer.OfUNet, NetworkLayer.OfText)]
    public void What_is_trained_is_every_tensor_of_the_networks_that_the_method_names(string method, params string[] networks)
    {
        using var golden = GoldenCase.Open("dreambooth_tiny/prior");
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var options = TrainingOptions.From(model.Defaults, OptionValues.None.With(TrainingOption.Method, method));
        using var concept = Concept.Create(model, KnownMethods.All.Named(method), options, ["toy"]);
        var whole = networks.SelectMany(network => (network == NetworkLayer.OfUNet ? (nn.Module)model.UNet : model.TextEncoder)
            .named_parameters().Select(p => $"{network}.{p.name}"));
        Assert.Equal(whole.Order(StringComparer.Ordinal), concept.NamedTensors().Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Signal_to_noise_bounds_the_weight_of_timesteps_and_offset_noise_moves_whole_pictures_as_stored()
    {
        using var golden = GoldenCase.Open("dreambooth_tiny/prior");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
        var weights = NoiseLoss.MinSnr(model.Schedule, timesteps, 5);
        golden.Check("snr", tensor([.. timesteps.Select(t => (float)(model.Schedule.Alpha(t) / (1 - model.Schedule.Alpha(t))))]));
        golden.Check("min_snr_weights", tensor(weights));
        var (z, noise) = (golden.Input("z"), golden.Input("noise"));
        golden.Check("loss_plain", Loss(noise, null));
        golden.Check("loss_min_snr", Loss(noise, weights));
        golden.Check("loss_offset_noise", Loss(noise.Plus(golden.Input("offset").Times(0.1)), null));

        Tensor Loss(Tensor added, float[]? weighed)
        {
            var shots = timesteps.Select(_ => new Shot(new TokenizedPrompt([], [], 0, 0))).ToList();
            var text = model.TextEncoder.call(golden.Input("input_ids"), null);
            var found = model.UNet.call(model.Schedule.AddNoise(z, added, timesteps), golden.Input("t"), new(text), null);
            return NoiseLoss.Of(found, new TrainingBatch(shots, z, added, timesteps), weights: weighed).Total().view(1);
        }
    }
}
