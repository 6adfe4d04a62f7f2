using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("oft_tiny")]
public sealed class OftTests
{
    [Theory]
    [InlineData("oft", false)]
    [InlineData("oft_shared", true)]
    [InlineData("oft_constrained", false)]
    [InlineData("oft_constrained_small", false)]
    [InlineData("oft_shared_constrained", true)]
    public void One_layer_turns_by_the_stored_rotation_and_its_gradient_is_taken_within_the_limit(string variant, bool shared)
    {
        using var golden = GoldenCase.Open("oft_tiny/linear");
        using var scope = NewDisposeScope();
        using var layer = Layer(golden);
        var settings = golden.Config.GetProperty("cases").GetProperty(variant);
        using var rotation = new Rotation(
            new(NetworkLayer.OfUNet, "attn1.to_q", layer), new(GoldenNetworks.Int(golden.Config, "blocks"), shared), CPU);
        using (no_grad()) rotation.R.copy_(golden.Input(shared ? "R_shared" : "R"));
        if (settings.GetProperty("coft").GetBoolean())
        {
            rotation.Limit(settings.GetProperty("eps").GetDouble());
            golden.Check($"{variant}.R_projected", rotation.R);
        }
        var pass = new Adaptation();
        pass.Join(layer, Share.Whole, rotation);
        var output = layer.Project(golden.Input("x"), pass);
        golden.Check($"{variant}.y", output);
        (output * golden.Input("probe")).mean().backward();
        golden.Check($"{variant}.grad", rotation.R.grad!);
        var turned = rotation.Turned();
        golden.Check($"{variant}.Q", turned.reshape(golden.Expected($"{variant}.Q").shape));
        golden.Check($"{variant}.W_merged", Turned(layer.Weight, turned, GoldenNetworks.Int(golden.Config, "blocks")));
        var one = eye(turned.shape[^1]);
        Assert.True((matmul(turned, turned.transpose(-2, -1)) - one).abs().max().item<float>() < 1e-5);
    }

    public static TheoryData<string> Cases() => GoldenCase.In("oft_tiny", name => name.Contains("/unet_oft", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rotations_in_every_attention_give_the_stored_noise_and_gradients(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var layers = NetworkLayer.Of(model).Where(l => l.Network == NetworkLayer.OfUNet && LowRank.Usual(l.Network).Any(l.EndsIn)).ToList();
        double? limit = golden.Config.GetProperty("coft").GetBoolean() ? golden.Config.GetProperty("eps").GetDouble() : null;
        using var rotations = new Rotations(
            model, layers, new(GoldenNetworks.Int(golden.Config, "blocks"), Limit: limit), 6e-5);
        var tensors = rotations.Tensors.ToDictionary(t => t.Name, t => t.Parameter);
        string[] order = [.. golden.Config.GetProperty("tensor_order").EnumerateArray().Select(n => n.GetString()!)];
        Assert.Equal(order.Order(StringComparer.Ordinal), tensors.Keys.Order(StringComparer.Ordinal));
        using (no_grad())
        {
            foreach (var (key, parameter) in tensors)
                parameter.copy_(Recipe.Input($"param/{key}", parameter.shape, golden.Seed, golden.Config.GetProperty("scale").GetDouble()));
        }
        rotations.Moved();
        if (golden.HasOutput("projected_norm"))
            golden.Check("projected_norm", stack([.. order.Select(n => tensors[n].detach().square().sum([-2, -1]).sqrt())]));
        Check(golden, model, rotations, order, n => tensors[n].grad!);
        Assert.All(model.UNet.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void A_file_of_the_published_code_is_read_without_the_sizes_that_follow_from_its_matrices()
    {
        using var scope = NewDisposeScope();
        using var concept = ConceptImport.Read([GoldenCase.PathOf("oft_tiny", "files", "oft_processors_part.bin")]);
        Assert.All(concept.Others, t =>
        {
            Assert.EndsWith("_oft.R", t.Key, StringComparison.Ordinal);
            Assert.True(Recipe.Input($"param/{t.Key}", t.Value.shape, 1, 0.3).equal(t.Value).all().item<bool>(), t.Key);
        });
        Assert.Equal(12, concept.Others.Count);
    }

    /// <summary>The frozen layer of a case.</summary>
    internal static Projection Layer(GoldenCase golden)
    {
        var layer = new Projection(GoldenNetworks.Int(golden.Config, "in"), GoldenNetworks.Int(golden.Config, "out"));
        using (no_grad())
        {
            layer.Weight.copy_(golden.Input("W"));
            layer.Bias!.copy_(golden.Input("bias"));
        }
        StateDict.Freeze(layer);
        return layer;
    }

    /// <summary>Checks noise, loss, gradients and turned weights with rotations at work.</summary>
    internal static void Check(
        GoldenCase golden, BaseModel model, Rotations rotations, IReadOnlyList<string> order, Func<string, Tensor> gradient)
    {
        var pass = new Adaptation();
        rotations.Join(pass, Share.Whole);
        int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
        var noise = golden.Input("noise");
        var found = model.UNet.call(
            model.Schedule.AddNoise(golden.Input("z"), noise, timesteps), golden.Input("t"), new(golden.Input("context")), pass);
        golden.Check("eps", found);
        var loss = nn.functional.mse_loss(found, noise);
        golden.Check("loss", loss.view(1));
        loss.backward();
        golden.Check("grad_norm", stack([.. order.Select(n => gradient(n).norm())]));
        foreach (var output in golden.OutputNames)
        {
            if (output.StartsWith("grad.", StringComparison.Ordinal)) golden.Check(output, gradient(output["grad.".Length..]));
            if (!output.StartsWith("merged.", StringComparison.Ordinal)) continue;
            var rotation = rotations.Layers.Single(r => output == $"merged.{r.Place.Path}.weight");
            golden.Check(output, Turned(rotation.Place.Weight, rotation.Turned(), GoldenNetworks.Int(golden.Config, "blocks")));
        }
    }

    /// <summary>W blockdiag(Q)ᵀ.</summary>
    internal static Tensor Turned(Tensor weight, Tensor q, long blocks) =>
        bmm(weight.detach().view(weight.shape[0], blocks, -1).transpose(0, 1), q.detach().expand(blocks, -1, -1).transpose(1, 2))
            .transpose(0, 1).reshape(weight.shape);
}
