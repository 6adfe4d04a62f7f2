using System.Text.Json;
using ViCo.Options;

namespace ViCo.Options.Tests;

public sealed class OptionValuesTests
{
    private static readonly OptionCatalog _catalog = OptionCatalog.Default;

    [Fact]
    public void Values_survive_json_and_old_nested_switches_lie_flat()
    {
        var values = OptionValues.None.With(TrainingOption.Steps, 20).With(TrainingOption.Flip, 0.5)
            .With(VisualConditionOption.Layers, [8, 10])
            .With(VisualConditionOption.DetachEndOfText, false).With(TrainingOption.Captions, "photo");
        Assert.Equal("""{"captions":"photo","detachEndOfText":false,"flip":0.5,"layers":[8,10],"steps":20}""", values.ToJson());
        Assert.Equal(values, OptionValues.FromJson(values.ToJson()));

        var old = OptionValues.FromJson(
            """{"steps":20,"seed":null,"switches":{"flip":0.5,"layers":[8,10],"detachEndOfText":false,"captions":"photo"}}""");
        Assert.Equal(values, old);
        Assert.Throws<JsonException>(() => OptionValues.FromJson("""{"steps":20,"steps":30}"""));
        Assert.Throws<JsonException>(() => OptionValues.FromJson("[]"));
    }

    [Fact]
    public void A_value_that_is_not_there_is_its_options_default()
    {
        Assert.Equal(400, OptionValues.None.Get(TrainingOption.Steps));
        Assert.Null(OptionValues.None.Get(SamplingOption.ImageGuidance));
        Assert.Equal(2, OptionValues.FromJson("""{"imageGuidance":2}""").Get(SamplingOption.ImageGuidance));
        Assert.Equal(30, OptionValues.None.Over(OptionValues.None.With(TrainingOption.Steps, 30)).Get(TrainingOption.Steps));
        var bad = Assert.Throws<ArgumentException>(() => OptionValues.FromJson("""{"steps":"x"}""").Get(TrainingOption.Steps));
        Assert.Equal("steps is 'x'; wanted 1 to 100000.", bad.Message);
    }

    [Fact]
    public void A_fingerprint_is_of_what_moves_the_numbers()
    {
        var list = _catalog.TrainingBy("vico");
        var values = list.Filled(OptionValues.None);
        var print = values.Fingerprint(list);

        Assert.Equal(print, values.With(TrainingOption.Steps, 1000).With(TrainingOption.PreviewEvery, 0).Fingerprint(list));
        Assert.NotEqual(print, values.With(TrainingOption.Seed, 7L).Fingerprint(list));
        Assert.Equal(print, values.With("flip", 0L).Fingerprint(list));

        var later = list.And(Option.Number("later", 0, 1, 0.25, "Came later.") with { Since = 2 });
        Assert.Equal(print, later.Filled(values).Fingerprint(later));
        Assert.NotEqual(print, values.With("later", 0.5).Fingerprint(later));
    }

    [Fact]
    public void Options_are_written_as_before_for_fingerprints_of_before()
    {
        var values = _catalog.Training.Filled(OptionValues.None.With(TrainingOption.Steps, 20));
        const string start = """
            {"steps":20,"batchSize":4,"seed":23,"embeddingLearningRate":0.005,"blockLearningRate":1E-05,"weightDecay":0.01,
            "regularizationWeight":0.0005,"method":"vico","checkpointEvery":50,"resumeEvery":25,"previewEvery":50,
            """;
        const string end = """
            "switches":{"mask":"pre_softmax","regularizationReduction":"mean","detachEndOfText":true,"targetOrder":"shuffled",
            "resize":"crop","flip":0,"otsuBins":10,"layers":[8,10,12,14],"blockInitialization":"default","captions":"all",
            "imageInUnconditional":true,"unconditionalPlaceholder":"same_column","scaleEmbeddingLearningRate":false}}
            """;
        Assert.Equal(OneLine(start + end), TrainingOptionsBefore.Json(values));
        Assert.Equal(
            OneLine(start + "\"tokenMerging\":0.5,\"precision\":\"bf16\"," + end),
            TrainingOptionsBefore.Json(values.With(TrainingOption.TokenMerging, 0.5).With(EngineOption.Precision, "bf16")));

        static string OneLine(string lines) => lines.ReplaceLineEndings("");
    }
}
