using System.Text.Json.Nodes;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Models.Vae;
using ViCo.Engine.Tests.Engine;

namespace ViCo.Engine.Tests.Goldens;

/// <summary>A case's U-Net and text tower as a base model's folder, filled by the recipe.</summary>
internal static class GoldenModel
{
    private const string Weights = "diffusion_pytorch_model.safetensors";
    private const string TokenTable = "text_model.embeddings.token_embedding.weight";

    /// <summary>Beside any autoencoder: latents are given.</summary>
    public static ModelFolder Folder(GoldenCase golden)
    {
        var folder = new ModelFolder();
        folder.Describe("{}");
        folder.TakeFromToybox("scheduler", "tokenizer");
        foreach (var file in new[] { "vocab.json", "merges.txt" }) folder.Take(GoldenCase.PathOf("tokenizer", file), "tokenizer", file);
        var unet = golden.Config.GetProperty("unet");
        // A case without a text tower gives the U-Net its states: any tower of their width will do.
        Func<string, int, int> text = (name, any) =>
            golden.Config.TryGetProperty("text", out var own) ? GoldenNetworks.Int(own, name) : any;
        var channels = GoldenNetworks.Ints(unet, "channel_mult").Select(m => m * GoldenNetworks.Int(unet, "model_channels"));
        folder.Write(
            "unet", Weights, c => new UNet2DConditionModel(UNet2DConditionConfig.From(c)), m => GoldenNetworks.Fill(m, golden),
            ("block_out_channels", new JsonArray([.. channels.Select(c => JsonValue.Create(c))])),
            ("in_channels", 4), ("out_channels", 4), ("sample_size", 16),
            ("attention_head_dim", GoldenNetworks.Int(unet, "num_heads")), ("cross_attention_dim", GoldenNetworks.Int(unet, "context_dim")),
            ("norm_num_groups", GoldenNetworks.Int(unet, "norm_groups")));
        folder.Write(
            "text_encoder", "model.safetensors", c => new CLIPTextModel(CLIPTextConfig.From(c)), Fill,
            ("vocab_size", text("vocabulary", 49408)), ("hidden_size", text("width", GoldenNetworks.Int(unet, "context_dim"))),
            ("num_hidden_layers", text("layers", 1)), ("num_attention_heads", text("heads", 1)), ("intermediate_size", text("mlp", 8)));
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
                IEnumerable<long> ids = golden.HasInput("input_ids") ? golden.Input("input_ids").data<long>().ToArray() : [];
                if (golden.Config.TryGetProperty("initializer_id", out var word)) ids = ids.Append(word.GetInt64());
                foreach (var id in ids.Distinct())
                {
                    if (id < parameter.shape[0]) parameter[id].copy_(tensor(Recipe.ParameterRow(key, parameter.shape, golden.Seed, id)));
                }
            }
        }
    }
}
