using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>An option that is in a list and nowhere else is in everything that the engine makes from options.</summary>
[Collection("tiny")]
public sealed class NewOptionTests(TinyEngine tiny)
{
    private static readonly Option<double> Warmth = Option.Number("warmth", 0, 1, 0.25, "How warm it looks; more is redder.") with
    {
        Since = 2,
    };

    private static readonly OptionCatalog Catalog = OptionCatalog.Default with
    {
        Common = OptionCatalog.Default.Common.And(Warmth), Sampling = OptionCatalog.Default.Sampling.And(Warmth),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_a_default_in_vico_json_and_a_word_in_pictures_and_checkpoints()
    {
        await using var engine = await tiny.LoadWithAsync(
            """{ "training": { "warmth": 0.5 }, "sampling": { "warmth": 0.75 } }""", Catalog);

        var recorder = new Recorder();
        await engine.TrainAsync(new(Teapot.Photos, "teapot", OptionValues.None.With(TrainingOption.Steps, 1)
            .With(TrainingOption.BatchSize, 1).With(TrainingOption.PreviewEvery, 0)), recorder, Stop);
        Assert.Contains("\"warmth\":0.5", recorder.Start!.OptionsJson, StringComparison.Ordinal);

        var request = new GenerationRequest(recorder.Checkpoints[^1].Bytes.Stored(), [Teapot.Photos[0]], "a *", [1])
            .With(SamplingOption.SamplingSteps, 1);
        Assert.Equal("0.75", await WarmthOf(request));
        Assert.Equal("1", await WarmthOf(request with { Options = request.Options.With(Warmth, 1.0) }));
        var refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            WarmthOf(request with { Options = request.Options.With(Warmth, 2.0) }));
        Assert.Contains("warmth is 2; wanted 0 to 1", refused.Message, StringComparison.Ordinal);

        async Task<string?> WarmthOf(GenerationRequest of) =>
            PictureText.Read((await engine.GenerateAsync(of, new Recorder(), Stop))[0].Png.Span).Single(t => t.Keyword == "warmth").Text;
    }

    [Fact]
    public void It_is_in_the_fingerprint_where_it_is_not_at_its_default()
    {
        var before = Numbers(OptionValues.None, OptionCatalog.Default);
        Assert.Equal(before, Numbers(OptionValues.None, Catalog));
        Assert.Equal(before, Numbers(OptionValues.None.With(TrainingOption.Steps, 7).With(TrainingOption.PreviewEvery, 1), Catalog));
        Assert.Equal("0.5", Numbers(OptionValues.None.With(Warmth, 0.5), Catalog)["warmth"]);

        static IReadOnlyDictionary<string, string> Numbers(OptionValues asked, OptionCatalog catalog)
        {
            var defaults = new BaseModelDefaults { Name = "any" };
            return TrainingNumbers.Of("digest", new(Teapot.Photos, "teapot", asked), TrainingOptions.From(defaults, asked, catalog));
        }
    }
}
