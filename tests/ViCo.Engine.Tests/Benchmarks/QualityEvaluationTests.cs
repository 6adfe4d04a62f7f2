using System.Text.Json;
using ViCo.Benchmarks.Quality;
using ViCo.Engine.Generation;
using ViCo.Engine.Metrics;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Benchmarks;

[Collection("tiny")]
public sealed class QualityEvaluationTests(TinyEngine tiny)
{
    [Fact]
    public void The_shipped_set_reads_with_a_mask_for_every_photo()
    {
        var set = EvaluationSet.Read(Repository.PathOf("bench", "concepts"));
        Assert.Equal(6, set.Concepts.Count);
        Assert.All(set.Concepts, c => Assert.Equal((6, 6), (c.Photos.Count, c.Masks.Count)));
        Assert.Equal("teddy bear", set.Concepts[0].ClassWord);
        Assert.Equal(10, set.Prompts.Count);
        Assert.All(set.Prompts, p => Assert.Contains('*', p));
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0 }, 1.0)]
    [InlineData(new byte[] { 1, 1, 0, 0 }, 0.5)]
    [InlineData(new byte[] { 0, 0, 0, 1 }, 0.0)]
    [InlineData(new byte[] { 1, 1, 1, 1 }, 0.25)]
    public void Overlap_is_intersection_over_union_of_cells(byte[] found, double wanted)
    {
        // The object fills the upper left quarter, and a sliver of the next cell that the cut drops.
        var truth = new Picture(8, 8, [.. Enumerable.Range(0, 3 * 64).Select(i => (byte)(i / 3 / 8 < 4 && i / 3 % 8 < 5 ? 255 : 0))]);
        Assert.Equal(wanted, MaskOverlap.With(truth, new AttentionMap(0, 1, 14, 2, 2, new float[4], found)), 1e-12);
    }

    [Fact]
    public void Cells_share_the_pixels_between_them()
    {
        var mask = new Picture(3, 1, [255, 255, 255, 255, 255, 255, 0, 0, 0]);
        var cells = MaskOverlap.Cells(mask, 2, 1);
        Assert.Equal([1.0, 1.0 / 3], cells, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_mask_of_a_wide_photo_covers_no_more_when_it_is_letterboxed()
    {
        // Bright all over, twice as wide as high: the middle half of the square is the object's, and of 3 × 3 cells the middle row.
        var file = new PhotoFile("1.png", PictureCodec.EncodePng(new Picture(8, 4, [.. Enumerable.Repeat((byte)255, 3 * 32)])));
        var mask = MaskOverlap.Square(file, 8, SquareFit.Letterbox);
        byte[] middle = [0, 0, 0, 1, 1, 1, 0, 0, 0];
        AttentionMap[] maps = [new(0, 1, 14, 3, 3, new float[9], middle), new(0, 1, 8, 1, 1, new float[1], [1]),
            new(0, 2, 14, 3, 3, new float[9], new byte[9])];
        Assert.Equal([(8, 1.0), (14, 0.5)], MaskOverlap.ByLayer([mask], maps).Select(l => (l.Layer, l.IntersectionOverUnion)));
        Assert.Equal([0.25, 1, 0.25], MaskOverlap.Cells(mask, 1, 3), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public async Task A_short_run_measures_every_method_and_prompt_and_writes_its_tables()
    {
        var set = EvaluationSet.Read(Repository.PathOf("bench", "concepts"));
        var concept = set.Concepts[2];
        var small = new EvaluationSet(
            [concept with { Photos = [.. concept.Photos.Take(2)], Masks = [.. concept.Masks.Take(2)] }], [.. set.Prompts.Take(2)]);
        using var model = tiny.WithParts("""{ "name": "tiny", "sampling": { "steps": 2, "imageGuidanceScale": 2 } }""", "clip", "dino");
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        await using var engine = await TorchEngine.LoadAsync(model.Path, TinyEngine.Quiet);
        var activities = new Activities();
        var evaluation = new QualityEvaluation(engine, model.Path, activities, files.Add, (rows, _) => [(byte)rows.Count]);
        var report = await evaluation.RunAsync(
            new(small) { ViCo = OptionValues.None.With(TrainingOption.Steps, 2)
                .With(TrainingOption.BatchSize, 1), TextualInversion = OptionValues.None.With(TrainingOption.Steps, 2)
                .With(TrainingOption.BatchSize, 1) },
            TestContext.Current.CancellationToken);

        var measured = Assert.Single(report.Concepts);
        Assert.Equal(["ViCo", "ViCo, published guidance", "Textual Inversion", "plain prompt"], measured.Methods.Select(m => m.Method));
        Assert.All(measured.Methods, m => Assert.Equal(small.Prompts, m.Prompts.Select(p => p.Prompt)));
        Assert.All(measured.Methods.SelectMany(m => m.Prompts), p => Assert.InRange(p.Scores.TextClip, -1, 1));
        Assert.Equal([8, 10, 12, 14], measured.Masks.Select(m => m.Layer));
        Assert.All(measured.Masks, m => Assert.InRange(m.IntersectionOverUnion, 0, 1));
        Assert.Equal(
            [
                "03_black_striped_teapot/masks.png", "03_black_striped_teapot/quality.json", "03_black_striped_teapot/sheet.png",
                "03_black_striped_teapot/vico.safetensors",
            ], files.Keys.Order());

        Assert.Equal(QualityEvaluation.Activities(model.Path), activities.Seen.Count);

        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal("tiny", json.RootElement.GetProperty("baseModel").GetString());
        Assert.Contains("| 03_black_striped_teapot | ViCo |", report.ToMarkdown(), StringComparison.Ordinal);
        Assert.Contains("**mean of 1**", report.ToMarkdown(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_further_method_has_its_row_and_what_was_measured_so_before_is_not_measured_again()
    {
        var set = EvaluationSet.Read(Repository.PathOf("bench", "concepts"));
        var concept = set.Concepts[2];
        var small = new EvaluationSet(
            [concept with { Photos = [.. concept.Photos.Take(2)], Masks = [.. concept.Masks.Take(2)] }], [.. set.Prompts.Take(1)]);
        using var model = tiny.WithParts("""{ "name": "tiny", "sampling": { "steps": 2, "imageGuidanceScale": 2 } }""", "clip", "dino");
        await using var engine = await TorchEngine.LoadAsync(model.Path, TinyEngine.Quiet);
        var quick = OptionValues.None.With(TrainingOption.Steps, 1).With(TrainingOption.BatchSize, 1);
        var plan = new EvaluationPlan(small)
        {
            ViCo = quick, TextualInversion = quick, Others = [quick.With(TrainingOption.Method, "dreambooth-lora")],
        };
        var files = new Dictionary<string, ReadOnlyMemory<byte>>();
        var (first, second, third) = (new Activities(), new Activities(), new Activities());
        var report = await RunAsync(plan, first);
        Assert.Equal(
            ["ViCo", "ViCo, published guidance", "Textual Inversion", "dreambooth-lora", "plain prompt"],
            report.Concepts[0].Methods.Select(m => m.Method));
        Assert.Equal(report.ToJson(), (await RunAsync(plan, second)).ToJson());
        Assert.Empty(second.Seen);
        await RunAsync(plan with { ViCo = quick.With(TrainingOption.Seed, 5) }, third);
        Assert.NotEmpty(third.Seen);

        // A photo is no nearer to the others for having been through the autoencoder of random weights.
        var ceiling = report.Concepts[0].Ceiling!;
        Assert.True(ceiling.DecodedDino < ceiling.PhotoDino, $"{ceiling}");
        Assert.InRange(ceiling.PhotoDino, -1, 1);

        Task<QualityReport> RunAsync(EvaluationPlan which, Activities activities) =>
            new QualityEvaluation(engine, model.Path, activities, (name, content) => files[name] = content)
            {
                Load = name => files.TryGetValue(name, out var content) ? content.ToArray() : null,
            }.RunAsync(which, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Without_a_guidance_of_its_own_a_base_model_has_one_activity_less()
    {
        Assert.Equal(5, QualityEvaluation.Activities(Repository.PathOf("bench")));      // no vico.json: the paper's values
        Assert.Equal(6, QualityEvaluation.Activities(Repository.PathOf("models", "toybox")));
    }

    private sealed class Activities : IProgress<EvaluationProgress>
    {
        public HashSet<string> Seen { get; } = [];

        public void Report(EvaluationProgress value) => Seen.Add(value.Activity);
    }
}
