using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Text;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("custom_diffusion_tiny")]
public sealed class CustomDiffusionTests
{
    public static TheoryData<string> Cases() =>
        GoldenCase.In("custom_diffusion_tiny", name => name.Contains("/crossattn", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Replaced_weights_and_the_objects_word_give_the_stored_noise_losses_and_gradients(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        using var layers = Layers(model, golden);
        var word = nn.Parameter(golden.Input("modifier_row"));
        var pass = new Adaptation();
        pass.Placeholders.Add(Rows.All, word);
        layers.Join(pass, Share.Whole);

        var hidden = model.TextEncoder.call(golden.Input("input_ids"), pass);
        golden.Check("hidden", hidden);
        int[] timesteps = [.. golden.Input("t").data<long>().Select(t => (int)t)];
        var (noise, mask) = (golden.Input("noise"), golden.Input("mask").to(float32));
        var noisy = model.Schedule.AddNoise(golden.Input("z"), noise, timesteps);
        var found = model.UNet.call(noisy, golden.Input("t"), new(hidden), pass);
        golden.Check("eps", found);
        var shots = timesteps.Select((_, i) => new Shot(NoPrompt) { IsPrior = i >= timesteps.Length / 2 }).ToList();
        var terms = NoiseLoss.Of(
            found, new TrainingBatch(shots, golden.Input("z"), noise, timesteps) { LossMask = cat([mask, ones_like(mask)]) }).ToArray();
        // The published code adds up channels where ours takes their mean: the object's half counts four times there.
        var (own, prior) = (terms[0].Value.Times(4), terms[1].Value);
        golden.Check("loss", stack([own.Plus(prior), own, prior]));
        own.Plus(prior).backward();
        golden.Check("grad.modifier_row", word.grad!);
        var tensors = layers.Tensors.ToDictionary(t => t.Name, t => t.Parameter);
        golden.Check("grad_norm", stack([.. Order(golden).Select(n => tensors[n].grad!.norm())]));
        foreach (var output in golden.OutputNames.Where(o => o.StartsWith("grad.", StringComparison.Ordinal) && o != "grad.modifier_row"))
            golden.Check(output, tensors[output["grad.".Length..]].grad!);
        Assert.All(model.UNet.parameters().Concat(model.TextEncoder.parameters()), p => Assert.Null(p.grad));
    }

    [Theory]
    [InlineData("pytorch_custom_diffusion_weights.safetensors", "new1.safetensors")]
    [InlineData("pytorch_custom_diffusion_weights_half.bin", "new1.bin")]
    [InlineData("delta_half.ckpt", null)]
    public void Files_of_other_programs_become_ours_and_go_back_to_diffusers(string weights, string? word)
    {
        using var golden = GoldenCase.Open("custom_diffusion_tiny/crossattn_kv");
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        var work = Directory.CreateTempSubdirectory("vico-custom").FullName;
        try
        {
            string[] files =
                [.. new[] { weights, word }.OfType<string>().Select(f => GoldenCase.PathOf("custom_diffusion_tiny", "files", f))];
            var ours = Path.Combine(work, "ours.safetensors");
            ConceptConversion.Import(files, folder.Path, "toy", (metadata, write) =>
            {
                Assert.Equal("custom-diffusion", metadata.Method);
                File.WriteAllBytes(ours, Written.By(write));
            });
            var half = weights.Contains("half", StringComparison.Ordinal);
            Check(ConceptImport.Read([ours]));
            var back = ConceptConversion.Export([ours], "custom-diffusion", Path.Combine(work, "back"));
            Assert.Equal(["<new1>.safetensors", "pytorch_custom_diffusion_weights.safetensors"],
                back.Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
            Check(ConceptImport.Read(back));

            void Check(ConceptWeights concept)
            {
                using (concept)
                {
                    Assert.Equal(Order(golden).Order(StringComparer.Ordinal), concept.Others.Keys);
                    foreach (var (key, tensor) in concept.Others)
                    {
                        var stored = golden.Parameter(key, tensor.shape);
                        Assert.True((half ? stored.half().to(float32) : stored).equal(tensor).all().item<bool>(), key);
                    }
                    Assert.True(golden.Input("modifier_row").equal(concept.Word).all().item<bool>());
                }
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public void The_official_codes_form_for_diffusers_is_read_though_this_file_of_it_is_a_part_only()
    {
        using var scope = NewDisposeScope();
        using var concept = ConceptImport.Read([GoldenCase.PathOf("custom_diffusion_tiny", "files", "delta_diffusers_half.bin")]);
        Assert.Equal((8, "<new1>"), (concept.Others.Count, concept.Placeholder));
        using var golden = GoldenCase.Open("custom_diffusion_tiny/crossattn_kv");
        Assert.All(concept.Others, t =>
            Assert.True(golden.Parameter(t.Key, t.Value.shape).half().to(float32).equal(t.Value).all().item<bool>(), t.Key));
    }

    private static TokenizedPrompt NoPrompt { get; } = new([], [], 0, 0);

    private static string[] Order(GoldenCase golden) =>
        [.. golden.Config.GetProperty("tensor_order").EnumerateArray().Select((JsonElement n) => n.GetString()!)];

    private static ReplacedLayers Layers(BaseModel model, GoldenCase golden)
    {
        IReadOnlyList<string> ends = golden.Config.GetProperty("train_q_out").GetBoolean() ? ["to_q", "to_k", "to_v", "to_out.0"]
            : ["to_k", "to_v"];
        var layers = new ReplacedLayers(model, ReplacedLayers.AttentionToText(model, ends), 1e-5);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in layers.Tensors)
        {
            using var scope = NewDisposeScope();
            parameter.copy_(golden.Parameter(name, parameter.shape));
        }
        return layers;
    }
}
