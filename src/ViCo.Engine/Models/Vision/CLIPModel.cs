using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Models.Vision;

/// <summary>What a CLIP model's <c>config.json</c> says.</summary>
/// <param name="Projection">Width of the space both towers project into.</param>
internal sealed record CLIPConfig(CLIPTextConfig Text, CLIPVisionConfig Vision, int Projection)
{
    public static CLIPConfig From(ConfigJson json) => new(
        CLIPTextConfig.From(json.Section("text_config")), CLIPVisionConfig.From(json.Section("vision_config")), json.Int("projection_dim"));
}

/// <summary>CLIP: pictures and texts in one space, where the cosine tells how well they fit. Radford et al. 2021.</summary>
internal sealed class CLIPModel : Module
{
    private readonly CLIPTextTransformer text_model;
    private readonly CLIPVisionTransformer vision_model;
    private readonly Linear text_projection, visual_projection;

    public CLIPModel(CLIPConfig config)
        : base(nameof(CLIPModel))
    {
        Config = config;
        text_model = new(config.Text);
        vision_model = new(config.Vision);
        text_projection = Linear(config.Text.Width, config.Projection, hasBias: false);
        visual_projection = Linear(config.Vision.Encoder.Width, config.Projection, hasBias: false);
        RegisterComponents();
    }

    public CLIPConfig Config { get; }

    /// <summary>Loads a transformers folder's <c>config.json</c> and <c>model.safetensors</c>, frozen.</summary>
    /// <exception cref="InvalidDataException">The weights do not fit; all misfits are listed.</exception>
    public static CLIPModel Load(string folder)
    {
        var model = new CLIPModel(CLIPConfig.From(ConfigJson.Read(Path.Combine(folder, "config.json"))));
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
            // The temperature of training, and tables of row numbers.
            StateDict.LoadFrozen(model, file, key => key is "logit_scale" || key.EndsWith(".position_ids", StringComparison.Ordinal) ? null
                : key);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>ids [B, T] → [B, T, text width]: all positions after the final LayerNorm.</summary>
    public Tensor TextStates(Tensor ids, Adaptation? pass = null) => text_model.call(ids, pass);

    /// <summary>ids [B, T] int64 → [B, projection], not normalised.</summary>
    /// <param name="endOfText">Column of each text's first end token.</param>
    public Tensor TextFeatures(Tensor ids, IReadOnlyList<int> endOfText)
    {
        using var scope = NewDisposeScope();
        var states = text_model.call(ids, null);
        var pooled = stack([.. endOfText.Select((column, row) => states[row, column])]);
        return text_projection.call(pooled).MoveToOuterDisposeScope();
    }

    /// <summary>pixels [B, 3, S, S], normalised as the model's preprocessing says → [B, projection], not normalised.</summary>
    public Tensor ImageFeatures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return visual_projection.call(vision_model.Pooled(vision_model.call(pixels))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// pixels [B, 3, S, S] → tokens [B, 1 + cells, D] after the last block, class token first, before the last LayerNorm.
    /// </summary>
    public Tensor VisionTokens(Tensor pixels) => vision_model.call(pixels);
}
