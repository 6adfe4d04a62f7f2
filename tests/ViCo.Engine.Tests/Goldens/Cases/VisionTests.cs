using ViCo.Engine.Models;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Vision;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("clip_tiny")]
[GoldenSet("dino_tiny")]
public sealed class VisionTests
{
    public static TheoryData<string> ClipCases() => GoldenCase.In("clip_tiny");

    public static TheoryData<string> DinoCases() => GoldenCase.In("dino_tiny");

    [Theory]
    [MemberData(nameof(ClipCases))]
    public void Both_CLIP_towers_and_their_projections(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var c = golden.Config;
        var (textWidth, visionWidth) = (GoldenNetworks.Int(c, "transformer_width"), GoldenNetworks.Int(c, "vision_width"));
        var eps = c.GetProperty("layer_norm_eps").GetDouble();
        var vocabulary = GoldenNetworks.Int(c, "vocab_size");
        using var model = new CLIPModel(new(
            new(vocabulary, textWidth, GoldenNetworks.Int(c, "transformer_layers"), GoldenNetworks.Int(c, "transformer_heads"),
                4 * textWidth,
                GoldenNetworks.Int(c, "context_length"), eps, QuickGelu: true),
            new(new(visionWidth, GoldenNetworks.Int(c, "vision_layers"), GoldenNetworks.Int(c, "vision_heads"), 4 * visionWidth, eps, true,
                Causal: false),
                GoldenNetworks.Int(c, "image_resolution"), GoldenNetworks.Int(c, "vision_patch_size")),
            GoldenNetworks.Int(c, "embed_dim")));
        GoldenNetworks.Fill(model, golden);
        Assert.Equal(c.GetProperty("parameters").EnumerateObject().Select(p => p.Name).Order(), model.named_parameters().Select(p => p.name)
            .Order());

        var sd = golden.Input("input_ids_sd");
        var openai = golden.Input("input_ids_openai");
        golden.Check("hidden", model.TextStates(sd));
        golden.Check("hidden_openai_padding", model.TextStates(openai));
        // Ours: the placeholder has an id of its own behind the vocabulary.
        const long Star = 265;
        var pass = new Adaptation();
        pass.Placeholders.Add(Rows.All, golden.Input("placeholder"));
        golden.Check("hidden_injected", model.TextStates(where(sd.eq(tensor(Star)), vocabulary, sd), pass));

        var text = model.TextFeatures(sd, EndOfText(sd));
        golden.Check("features_sd_padding", text);
        golden.Check("features_openai_padding", model.TextFeatures(openai, EndOfText(openai)));

        var image = golden.Input("image");
        golden.Check("vision_hidden", model.VisionTokens(image));
        var features = model.ImageFeatures(image);
        golden.Check("image_features", features);
        golden.Check("cosine", (features / features.norm(1, true, 2)).matmul((text / text.norm(1, true, 2)).t()));

        static int[] EndOfText(Tensor ids) => [.. ids.argmax(1).data<long>().Select(i => (int)i)];
    }

    [Theory]
    [MemberData(nameof(DinoCases))]
    public void DINO_features_at_its_own_and_at_another_size(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = Dino(golden);
        GoldenNetworks.Fill(model, golden);
        Assert.Equal(golden.Config.GetProperty("parameters").EnumerateObject().Select(p => p.Name).Order(), model.named_parameters()
            .Select(p => p.name).Order());
        CheckOutputs(golden, model);
    }

    [Theory]
    [MemberData(nameof(DinoCases))]
    public void DINO_reads_the_official_keys_to_the_same_features(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var source = Dino(golden);
        GoldenNetworks.Fill(source, golden);
        using var file = SafetensorsFile.FromBytes(SafetensorsWriter.ToBytes(OfficialKeys(source)), "official");
        using var model = Dino(golden);
        DinoWeights.Load(model, file);
        CheckOutputs(golden, model);
    }

    private static DinoVisionTransformer Dino(GoldenCase golden)
    {
        var c = golden.Config;
        var width = GoldenNetworks.Int(c, "width");
        return new(new(
            width, GoldenNetworks.Int(c, "depth"), GoldenNetworks.Int(c, "heads"), 4 * width, GoldenNetworks.Int(c, "image_size"),
            GoldenNetworks.Int(c, "patch"), c.GetProperty("layer_norm_eps").GetDouble()));
    }

    private static void CheckOutputs(GoldenCase golden, DinoVisionTransformer model)
    {
        golden.Check("cls", model.call(golden.Input("image")));
        golden.Check("cls_other_size", model.call(golden.Input("image_other_size")));
    }

    /// <summary>Written out by hand from the table of the two layouts, so that a slip in the reader's map shows.</summary>
    private static Dictionary<string, Tensor> OfficialKeys(DinoVisionTransformer model)
    {
        var p = model.named_parameters().ToDictionary(x => x.name, x => (Tensor)x.parameter);
        var official = new Dictionary<string, Tensor>
        {
            ["cls_token"] = p["embeddings.cls_token"], ["pos_embed"] = p["embeddings.position_embeddings"],
            ["patch_embed.proj.weight"] = p["embeddings.patch_embeddings.projection.weight"],
            ["patch_embed.proj.bias"] = p["embeddings.patch_embeddings.projection.bias"],
            ["norm.weight"] = p["layernorm.weight"], ["norm.bias"] = p["layernorm.bias"],
        };
        for (var i = 0; i < model.Config.Depth; i++)
        {
            foreach (var kind in new[] { "weight", "bias" })
            {
                var (from, to) = ($"encoder.layer.{i}", $"blocks.{i}");
                official[$"{to}.attn.qkv.{kind}"] =
                    cat([.. new[] { "query", "key", "value" }.Select(n => p[$"{from}.attention.attention.{n}.{kind}"])]);
                official[$"{to}.attn.proj.{kind}"] = p[$"{from}.attention.output.dense.{kind}"];
                official[$"{to}.norm1.{kind}"] = p[$"{from}.layernorm_before.{kind}"];
                official[$"{to}.norm2.{kind}"] = p[$"{from}.layernorm_after.{kind}"];
                official[$"{to}.mlp.fc1.{kind}"] = p[$"{from}.intermediate.dense.{kind}"];
                official[$"{to}.mlp.fc2.{kind}"] = p[$"{from}.output.dense.{kind}"];
            }
        }

        return official;
    }
}
