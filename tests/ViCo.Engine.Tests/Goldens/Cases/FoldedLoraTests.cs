using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("lora_tiny")]
public sealed class FoldedLoraTests
{
    public static TheoryData<string> Cases() => LoraTests.Cases();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pairs_folded_into_the_weights_give_the_stored_weights_and_noise_and_leave_no_trace(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = LoraTests.Model(golden, out var folder);
        using var _ = folder;
        using var pairs = LoraTests.Pairs(model, golden, golden.Config.GetProperty("lora"), NetworkLayer.OfUNet);
        golden.Check("eps_without", Noise(new()));
        golden.Check("eps_scale_0.5", Noise(LoraTests.Joined(pairs.At(0.5))));
        var before = model.UNet.parameters().Select(p => p.clone()).ToList();
        var without = Noise(new());
        using (var folded = new FoldedWeights([pairs]))
        {
            var stored = golden.OutputNames.Where(o => o.StartsWith("merged.", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(stored);
            foreach (var output in stored)
                golden.Check(output, folded.Layers.Single(l => output == $"merged.{l.Layer.Path}.weight").Weight);
            var pass = new Adaptation();
            folded.Join(pass, Share.Whole);
            golden.Check("eps_merged", Noise(pass));
        }
        Assert.All(before.Zip(model.UNet.parameters()), p => Assert.True(p.First.equal(p.Second).all().item<bool>()));
        Assert.True(without.equal(Noise(new())).all().item<bool>());

        Tensor Noise(Adaptation pass)
        {
            int[] timesteps = [.. golden.Input("t.0").data<long>().Select(t => (int)t)];
            var noisy = model.Schedule.AddNoise(golden.Input("z.0"), golden.Input("noise.0"), timesteps);
            return model.UNet.call(noisy, golden.Input("t.0"), new(golden.Input("context.0")), pass);
        }
    }

    [Fact]
    public void Two_sets_folded_together_count_by_their_weights()
    {
        using var golden = GoldenCase.Open("lora_tiny/multi_adapter");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = LoraTests.Model(golden, out var folder);
        using var _ = folder;
        using var first = LoraTests.Pairs(model, golden, golden.Config.GetProperty("a"), NetworkLayer.OfUNet);
        using var second = LoraTests.Pairs(model, golden, golden.Config.GetProperty("b"), NetworkLayer.OfUNet);
        foreach (var (i, pair) in golden.Config.GetProperty("weights").EnumerateArray().Index())
        {
            using var folded = new FoldedWeights([first.At(pair[0].GetDouble()), second.At(pair[1].GetDouble())]);
            var pass = new Adaptation();
            folded.Join(pass, Share.Whole);
            golden.Check($"eps.{i}", model.UNet.call(golden.Input("x"), golden.Input("t"), new(golden.Input("context")), pass));
        }
    }

    [Fact]
    public void Without_any_file_the_noise_is_the_stored_plain_one()
    {
        using var golden = GoldenCase.Open("lora_tiny/files");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = LoraTests.Model(golden, out var folder);
        using var _ = folder;
        var text = model.TextEncoder.call(golden.Input("input_ids"), null);
        golden.Check("eps.plain", model.UNet.call(golden.Input("x"), golden.Input("t"), new(text), null));
    }
}
