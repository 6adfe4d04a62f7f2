using System.Text.Json.Nodes;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("textual_inversion_tiny")]
public sealed class TextualInversionTests
{
    private const string Weights = "diffusion_pytorch_model.safetensors";
    private const string TokenTable = "text_model.embeddings.token_embedding.weight";

    public static TheoryData<string> Cases() =>
        GoldenCase.In("textual_inversion_tiny", name => name.Contains("/vectors", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_steps_give_the_stored_losses_gradients_and_rows(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var rows = GoldenNetworks.Ints(golden.Config, "placeholder_ids").Length;
        var word = GoldenNetworks.Int(golden.Config, "initializer_id");
        Assert.Equal([word], model.Tokenizer.Tokenize("toy"));
        var settings = golden.Config.GetProperty("optimizer");

        // Several vectors of one object train as those of several objects do.
        var options = TrainingOptions.From(
            model.Defaults, OptionValues.None.With(TrainingOption.Method, "textual-inversion")
                .With(PlaceholderOption.EmbeddingLearningRate, settings.GetProperty("lr").GetDouble()));
        var method = KnownMethods.All.Named("textual-inversion");
        using var concept = Concept.Create(model, method, options, [.. Enumerable.Repeat("toy", rows)]);
        var adapted = new Adapted(model, concept);
        using var optimizer = new AdamW(concept.ParameterGroups(), settings.GetProperty("weight_decay").GetDouble());

        var ids = golden.Input("input_ids");
        TokenizedPrompt[] prompts =
            [.. Enumerable.Range(0, (int)ids.shape[0]).Select(i => Prompt([.. ids[i].data<long>()], model.Tokenizer.VocabularySize))];
        var start = Embeddings().detach().clone();
        golden.Check("start", start);
        var losses = new List<float>();
        for (var i = 0; i < 2; i++)
        {
            var (z, noise) = (golden.Input($"z.{i}"), golden.Input($"noise.{i}"));
            int[] timesteps = [.. golden.Input($"t.{i}").data<long>().Select(t => (int)t)];
            using (no_grad())
            {
                var hidden = model.TextEncoder.call(ids, concept.Join(new(), Share.Whole));
                golden.Check($"hidden.{i}", hidden);
                var noisy = model.Schedule.AddNoise(z, noise, timesteps);
                golden.Check($"eps.{i}", model.UNet.call(noisy, golden.Input($"t.{i}"), new(hidden), null));
            }

            losses.Add(TrainingLoop.Step(
                () => method.Loss(adapted, new([.. prompts.Select(p => new Shot(p))], z.alias(), noise.alias(), timesteps)), optimizer)
                    .Total);
            golden.Check($"grad.{i}", cat([.. concept.NamedTensors().Select(t => t.Parameter.grad!)]));
            golden.Check($"after.{i + 1}", Embeddings());
            golden.Check($"delta.{i + 1}", Embeddings() - start);
        }
        golden.Check("loss", tensor(losses.ToArray()));
        // The original trains the whole table and then sets the ordinary rows back; here they are frozen.
        Assert.All(model.TextEncoder.parameters().Concat(model.UNet.parameters()), p => Assert.Null(p.grad));
        Assert.Equal(
            ["grad_other_rows.0", "unrestored.0", "grad_other_rows.1"],
            golden.OutputNames.Where(o => o.Contains("other", StringComparison.Ordinal)
                || o.Contains("restored", StringComparison.Ordinal)));
        Assert.Equal(15, golden.OutputNames.Count());

        Tensor Embeddings() => cat([.. concept.NamedTensors().Select(t => t.Parameter)]);
    }

    private static TokenizedPrompt Prompt(long[] ids, int vocabulary) => new(
        ids, [.. ids.Index().Where(id => id.Item >= vocabulary).Select(id => new PlaceholderColumn(id.Index, (int)id.Item - vocabulary))],
        Array.IndexOf(ids, vocabulary - 1L), DroppedTokens: 0);

    /// <summary>The case's networks as a base model's folder, beside any autoencoder: latents are given.</summary>
    private static ModelFolder Folder(GoldenCase golden)
    {
        var folder = new ModelFolder();
        folder.Describe("{}");
        folder.TakeFromToybox("scheduler", "tokenizer");
        foreach (var file in new[] { "vocab.json", "merges.txt" }) folder.Take(GoldenCase.PathOf("tokenizer", file), "tokenizer", file);
        var (unet, text) = (golden.Config.GetProperty("unet"), golden.Config.GetProperty("text"));
        var channels = GoldenNetworks.Ints(unet, "channel_mult").Select(m => m * GoldenNetworks.Int(unet, "model_channels"));
        folder.Write(
            "unet", Weights, c => new UNet2DConditionModel(UNet2DConditionConfig.From(c)), m => GoldenNetworks.Fill(m, golden),
            ("block_out_channels", new JsonArray([.. channels.Select(c => JsonValue.Create(c))])),
            ("in_channels", 4), ("out_channels", 4), ("sample_size", 16),
            ("attention_head_dim", GoldenNetworks.Int(unet, "num_heads")), ("cross_attention_dim", GoldenNetworks.Int(unet, "context_dim")),
            ("norm_num_groups", GoldenNetworks.Int(unet, "norm_groups")));
        folder.Write(
            "text_encoder", "model.safetensors", c => new CLIPTextModel(CLIPTextConfig.From(c)), Fill,
            ("vocab_size", GoldenNetworks.Int(text, "vocabulary")), ("hidden_size", GoldenNetworks.Int(text, "width")),
            ("num_hidden_layers", GoldenNetworks.Int(text, "layers")), ("num_attention_heads", GoldenNetworks.Int(text, "heads")),
            ("intermediate_size", GoldenNetworks.Int(text, "mlp")));
        folder.Write(
            "vae", Weights, c => new AutoencoderKL(AutoencoderKLConfig.From(c)), _ => { },
            ("latent_channels", 4), ("block_out_channels", new JsonArray(16)), ("down_block_types", new JsonArray("DownEncoderBlock2D")),
            ("up_block_types", new JsonArray("UpDecoderBlock2D")));
        return folder;

        void Fill(nn.Module module)
        {
            foreach (var (key, parameter) in module.named_parameters())
            {
                if (key != TokenTable)
                {
                    parameter.copy_(golden.Parameter(key, parameter.shape));
                    continue;
                }
                // Only the rows in use: the whole table would take seconds.
                var word = GoldenNetworks.Int(golden.Config, "initializer_id");
                foreach (var id in golden.Input("input_ids").data<long>().Append(word).Distinct())
                {
                    if (id < parameter.shape[0]) parameter[id].copy_(tensor(Recipe.ParameterRow(key, parameter.shape, golden.Seed, id)));
                }
            }
        }
    }
}
