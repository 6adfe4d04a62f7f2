using ViCo.Engine.Methods.Oft;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("oft_tiny")]
public sealed class PeftOftTests
{
    [Theory]
    [InlineData("peft")]
    [InlineData("peft_neumann")]
    [InlineData("peft_neumann_4_terms")]
    [InlineData("peft_shared")]
    [InlineData("peft_constrained")]
    public void One_layer_turns_as_PEFT_stored_it_from_its_triangle_of_numbers(string variant)
    {
        using var golden = GoldenCase.Open("oft_tiny/linear");
        using var scope = NewDisposeScope();
        using var layer = OftTests.Layer(golden);
        var settings = golden.Config.GetProperty("cases").GetProperty(variant);
        var (shared, blocks) = (settings.TryGetProperty("share", out var share) && share.GetBoolean(),
            GoldenNetworks.Int(golden.Config, "blocks"));
        int? terms = !settings.GetProperty("neumann").GetBoolean() ? null : settings.TryGetProperty("terms", out var n) ? n.GetInt32() : 5;
        using var rotation = new Rotation(new(NetworkLayer.OfUNet, "attn1.to_q", layer), new(blocks, shared, Terms: terms), CPU);
        var numbers = golden.Input(shared ? "vec_shared" : "vec");
        using (no_grad()) rotation.R.copy_(UpperTriangle.Matrices(numbers).view(rotation.R.shape));
        Assert.True(UpperTriangle.Numbers(rotation.R.detach()).equal(numbers).all().item<bool>());
        if (settings.TryGetProperty("coft", out var constrained) && constrained.GetBoolean())
        {
            // PEFT bounds the norm of S by eps / √blocks; ours that of R, which is √2 times as long here, by
            // eps · width² / √blocks.
            var width = GoldenNetworks.Int(golden.Config, "block_size");
            rotation.Limit(settings.GetProperty("eps").GetDouble() * Math.Sqrt(2) / (width * width));
            golden.Check($"{variant}.vec_projected", UpperTriangle.Numbers(rotation.R.detach()));
        }
        var pass = new Adaptation();
        pass.Join(layer, Share.Whole, rotation);
        var output = layer.Project(golden.Input("x"), pass);
        golden.Check($"{variant}.y", output);
        (output * golden.Input("probe")).mean().backward();
        golden.Check($"{variant}.grad", OfNumbers(rotation.R.grad!));
        golden.Check($"{variant}.Q", rotation.Turned());
        golden.Check($"{variant}.W_merged", OftTests.Turned(layer.Weight, rotation.Turned(), blocks));
    }

    public static TheoryData<string> Cases() => GoldenCase.In("oft_tiny", name => name.Contains("/unet_peft", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rotations_in_every_attention_give_PEFTs_stored_noise_and_gradients(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var layers = NetworkLayer.Of(model).Where(l => l.Network == NetworkLayer.OfUNet && LowRank.Usual(l.Network).Any(l.EndsIn)).ToList();
        var (blocks, neumann) = (GoldenNetworks.Int(golden.Config, "blocks"), golden.Config.GetProperty("neumann").GetBoolean());
        using var rotations = new Rotations(model, layers, new(blocks, Terms: neumann ? 5 : null), 6e-5);
        var byName = rotations.Layers.ToDictionary(r => $"{r.Place.Path}.oft_R.weight");
        string[] order = [.. golden.Config.GetProperty("tensor_order").EnumerateArray().Select(n => n.GetString()!)];
        Assert.Equal(order.Order(StringComparer.Ordinal), byName.Keys.Order(StringComparer.Ordinal));
        using (no_grad())
        {
            foreach (var (key, rotation) in byName)
            {
                var side = rotation.R.shape[^1];
                rotation.R.copy_(UpperTriangle.Matrices(Recipe.Input(
                    $"param/{key}", [blocks, side * (side - 1) / 2], golden.Seed, golden.Config.GetProperty("scale").GetDouble())));
            }
        }
        OftTests.Check(golden, model, rotations, order, n => OfNumbers(byName[n].R.grad!));
    }

    /// <summary>R is twice its upper triangle, and S takes R in both places: the gradient by a number is twice that by R there.</summary>
    private static Tensor OfNumbers(Tensor gradient) => UpperTriangle.Numbers(gradient).Times(2);
}
