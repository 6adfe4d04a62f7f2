using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("clip_tiny")]
public sealed class TextTowerTests
{
    private const string TokenTable = "text_model.embeddings.token_embedding.weight";

    public static TheoryData<string> Cases() => GoldenCase.In("clip_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_text_tower_gives_the_stored_states_with_and_without_a_placeholder(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var c = golden.Config;
        var (width, vocabulary) = (GoldenNetworks.Int(c, "transformer_width"), GoldenNetworks.Int(c, "vocab_size"));
        using var model = new CLIPTextModel(new(
            vocabulary, width, GoldenNetworks.Int(c, "transformer_layers"), GoldenNetworks.Int(c, "transformer_heads"), 4 * width,
            GoldenNetworks.Int(c, "context_length"), c.GetProperty("layer_norm_eps").GetDouble(), QuickGelu: true));
        var (sd, openai) = (golden.Input("input_ids_sd"), golden.Input("input_ids_openai"));
        foreach (var (key, parameter) in model.named_parameters())
        {
            if (key != TokenTable)
            {
                parameter.copy_(golden.Parameter(key, parameter.shape));
                continue;
            }
            // Only the rows in use: the whole table would take seconds.
            foreach (var id in cat([sd.flatten(), openai.flatten()]).data<long>().Distinct())
                parameter[id].copy_(tensor(Recipe.ParameterRow(key, parameter.shape, golden.Seed, id)));
        }

        golden.Check("hidden", model.call(sd, null));
        golden.Check("hidden_openai_padding", model.call(openai, null));
        // The original replaces the row of an ordinary id; here placeholders have ids of their own, behind the vocabulary.
        var pass = new Adaptation();
        pass.Placeholders.Add(Rows.All, golden.Input("placeholder"));
        golden.Check("hidden_injected", model.call(where(sd.eq(tensor(265L)), tensor((long)vocabulary), sd), pass));
    }
}
