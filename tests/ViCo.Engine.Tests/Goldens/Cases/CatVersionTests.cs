using System.Text.Json.Nodes;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("catversion_tiny")]
public sealed class CatVersionTests
{
    public static TheoryData<string> Cases() =>
        GoldenCase.In("catversion_tiny", name => name.Contains("/prefix", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_prefix_gives_the_stored_states_noise_and_gradients_with_the_published_bias_and_without(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var ids = golden.Input("input_ids");
        golden.Check("hidden_without", model.TextEncoder.call(ids, null));
        foreach (var (output, bias) in new[] { ("", 1.0), ("bias0.", 0.0) })
        {
            using var prefix = Prefix(model, golden, bias);
            var rows = prefix.Tensors[0].Parameter;
            var hidden = model.TextEncoder.call(ids, Joined(prefix));
            golden.Check($"{output}hidden", hidden);
            (hidden * golden.Input("probe")).mean().backward();
            golden.Check($"{output}grad.probe", rows.grad!);
            if (bias == 0) continue;

            rows.grad = null;
            int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
            var noise = golden.Input("noise");
            var noisy = model.Schedule.AddNoise(golden.Input("z"), noise, timesteps);
            var found = model.UNet.call(noisy, golden.Input("t"), new(model.TextEncoder.call(ids, Joined(prefix))), null);
            golden.Check("eps", found);
            var loss = nn.functional.mse_loss(found, noise);
            golden.Check("loss", loss.view(1));
            loss.backward();
            golden.Check("grad.denoising", rows.grad!);
        }
        Assert.Equal(8, golden.OutputNames.Count());

        static Adaptation Joined(TextPrefix prefix)
        {
            var pass = new Adaptation();
            prefix.Join(pass, Share.Whole);
            return pass;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_adapter_of_the_official_code_becomes_ours_and_goes_back_member_by_member(int rows)
    {
        using var golden = GoldenCase.Open($"catversion_tiny/prefix{rows}");
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        var theirs = GoldenCase.PathOf("catversion_tiny", "files", $"adapter_prefix{rows}", "pytorch_adapter.bin");
        var work = Directory.CreateTempSubdirectory("vico-catversion").FullName;
        try
        {
            var ours = Path.Combine(work, "ours.safetensors");
            ConceptConversion.Import([theirs], folder.Path, "toy", (metadata, write) =>
            {
                Assert.Equal("catversion", metadata.Method);
                File.WriteAllBytes(ours, Written.By(write));
            });
            using (var file = SafetensorsFile.Open(ours))
                Assert.True(file.Load(TextPrefix.Key).equal(golden.Input("control_trans")).all().item<bool>());

            var back = ConceptConversion.Export([ours], "catversion", Path.Combine(work, "back"));
            Assert.Equal(["pytorch_adapter.bin", "adapter_config.json"], back.Select(p => Path.GetFileName(p)));
            using var expected = TorchFile.Open(theirs);
            using var found = TorchFile.Open(back[0]);
            Assert.Equal(expected.Names, found.Names);
            Assert.All(expected.Names, n => Assert.True(expected.Load(n).equal(found.Load(n)).all().item<bool>(), n));
            Assert.True(JsonNode.DeepEquals(
                JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(theirs)!, "adapter_config.json"))),
                JsonNode.Parse(File.ReadAllText(back[1]))));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static TextPrefix Prefix(BaseModel model, GoldenCase golden, double bias)
    {
        var options = OptionValues.None.With(CatVersionOption.PrefixLength, GoldenNetworks.Int(golden.Config, "prefix_length"))
            .With(CatVersionOption.PrefixBias, bias);
        var prefix = new TextPrefix(model, options);
        ((IPart)prefix).Fill(new HeldTensors("golden", [new(TextPrefix.Key, golden.Input("control_trans"))]));
        prefix.Tensors[0].Parameter.requires_grad = true;
        return prefix;
    }
}
