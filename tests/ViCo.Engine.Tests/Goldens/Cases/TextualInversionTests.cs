using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("textual_inversion_tiny")]
public sealed class TextualInversionTests
{
    public static TheoryData<string> Cases() =>
        GoldenCase.In("textual_inversion_tiny", name => name.Contains("/vectors", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_steps_give_the_stored_losses_gradients_and_rows(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var folder = GoldenModel.Folder(golden);
        using var model = BaseModel.Load(folder.Path, CPU);
        var rows = GoldenNetworks.Ints(golden.Config, "placeholder_ids").Length;
        var word = GoldenNetworks.Int(golden.Config, "initializer_id");
        Assert.Equal([word], model.Tokenizer.Tokenize("toy"));
        var settings = golden.Config.GetProperty("optimizer");

        var options = TrainingOptions.From(
            model.Defaults, OptionValues.None.With(TrainingOption.Method, "textual-inversion")
                .With(PlaceholderOption.EmbeddingLearningRate, settings.GetProperty("lr").GetDouble())
                .With(TextualInversionOption.Vectors, rows));
        var method = KnownMethods.All.Named("textual-inversion");
        using var concept = Concept.Create(model, method, options, ["toy"]);
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
        ids,
        [.. ids.Index().Where(id => id.Item >= vocabulary).Select(id => new PlaceholderColumn(id.Index, 0, (int)id.Item - vocabulary))],
        Array.IndexOf(ids, vocabulary - 1L), DroppedTokens: 0);
}
