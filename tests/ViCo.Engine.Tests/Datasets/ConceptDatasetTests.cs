using ViCo.Engine.Datasets;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;
using SampleChoice = ViCo.Engine.Datasets.ConceptDataset.SampleChoice;

namespace ViCo.Engine.Tests.Datasets;

public sealed class ConceptDatasetTests(ConceptDatasetTests.Toybox toybox) : IClassFixture<ConceptDatasetTests.Toybox>, IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly BaseModel _model = toybox.Model;

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("shuffled")]
    [InlineData("sequential")]
    public void Targets_come_evenly_and_never_are_their_own_reference(string order)
    {
        var options = TrainingOptions.From(_model.Defaults,
            OptionValues.None.With(TrainingOption.BatchSize, 6).With(TrainingOption.TargetOrder, order));
        using var dataset = Dataset(options, photos: 3);
        var targets = new List<int>();
        for (var step = 1; step <= 50; step++)
        {
            var choices = dataset.Choices(step);
            targets.AddRange(choices.Select(c => c.Target));
            Assert.All(choices, c => Assert.NotEqual(c.Target, c.Reference));
        }

        // 300 samples are one epoch of 100 repeats of three photos: exactly even, whatever the order.
        Assert.All(Enumerable.Range(0, 3), photo => Assert.Equal(100, targets.Count(t => t == photo)));
        if (order == "sequential") Assert.Equal([0, 1, 2, 0, 1, 2], targets.Take(6));
        else Assert.NotEqual(targets.Take(6), targets.Skip(6).Take(6));
    }

    [Fact]
    public void A_single_photo_is_its_own_reference()
    {
        using var dataset = Dataset(TrainingOptions.From(_model.Defaults, OptionValues.None), photos: 1);
        Assert.All(dataset.Choices(1), c => Assert.Equal((0, 0), (c.Target, c.Reference)));
    }

    [Fact]
    public void A_batch_depends_on_its_step_alone()
    {
        var options = TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.BatchSize, 2));
        using var one = Dataset(options, photos: 3);
        using var other = Dataset(options, photos: 3);
        _ = one.Batch(1);
        var (a, b, next) = (one.Batch(7), other.Batch(7), other.Batch(8));

        Assert.True(a.Latents.equal(b.Latents).all().item<bool>() && a.References!.equal(b.References!).all().item<bool>()
            && a.Noise.equal(b.Noise).all().item<bool>());
        Assert.Equal(a.Timesteps, b.Timesteps);
        Assert.False(b.Noise.equal(next.Noise).any().item<bool>());
    }

    [Fact]
    public void Flipping_always_mirrors_what_is_encoded()
    {
        var options = TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.Flip, 1));
        using var dataset = Dataset(options, photos: 2);
        Assert.All(dataset.Choices(1), c => Assert.True(c.Target >= 2 && c.Reference >= 2));
    }

    [Theory]
    [InlineData("all", 81, 57)]
    [InlineData("photo", 27, 27)]
    [InlineData("style", 19, 17)]
    [InlineData("plain", 1, 1)]
    public void A_list_of_captions_is_as_long_as_published_and_each_holds_the_placeholder_once(string list, int lines, int distinct)
    {
        var captions = PromptTemplates.Of(list);
        Assert.Equal(lines, captions.Count);
        Assert.Equal(distinct, captions.Distinct().Count());
        Assert.All(captions, caption => Assert.Single(_model.Tokenizer.Encode(caption).Placeholders));
    }

    [Fact]
    public void Captions_are_drawn_from_the_list_in_force()
    {
        using var dataset = Dataset(TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.Captions, "photo")),
            photos: 2);
        Assert.Equal(27, Enumerable.Range(1, 200).SelectMany(dataset.Choices).Select(c => c.Prompt).Distinct().Count());
    }

    [Fact]
    public void Timesteps_come_evenly_from_the_whole_schedule()
    {
        using var dataset = Dataset(TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.BatchSize, 50)), photos: 2);
        int[] timesteps = [.. Enumerable.Range(1, 200).SelectMany(dataset.Choices).Select(c => c.Timestep)];

        // 10,000 draws of 1000: a tenth of the schedule gets 1000 of them, give or take 30.
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(timesteps.Count(t => t / 100 == tenth), 880, 1120));
        Assert.Equal((0, 999), (timesteps.Min(), timesteps.Max()));
    }

    [Theory]
    [InlineData("shuffled")]
    [InlineData("sequential")]
    public void Two_objects_take_turns_and_each_keeps_to_its_own_photos_and_captions(string order)
    {
        var options = TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.BatchSize, 3)
            .With(TrainingOption.TargetOrder, order)
            .With(TrainingOption.Flip, 0.5));
        using var dataset = Dataset(options, photos: [3, 2]);
        SampleChoice[] all = [.. Enumerable.Range(1, 400).SelectMany(dataset.Choices)];

        // 600 samples each, however many photos: two epochs of three photos, three of two. Rows 0
        // to 5 are the first's, 6 to 9 the second's.
        Assert.Equal(all.Select((_, i) => i % 2), all.Select(c => c.Object));
        Assert.All(all, c =>
            Assert.All(new[] { c.Target, c.Reference }, row => Assert.InRange(row, c.Object == 0 ? 0 : 6, c.Object == 0 ? 5 : 9)));
        Assert.Equal([200, 200, 200], Counts(0, 3, first: 0));
        Assert.Equal([300, 300], Counts(1, 2, first: 6));
        Assert.All(all, c => Assert.NotEqual(Photo(c, c.Target), Photo(c, c.Reference)));
        Assert.Equal([0, 1, 0, 1, 0, 1], Enumerable.Range(1, 2).SelectMany(step => dataset.Batch(step).Prompts)
            .Select(p => Assert.Single(p.Placeholders).Index));

        static int Photo(SampleChoice c, int row) => c.Object == 0 ? row % 3 : row % 2;

        int[] Counts(int which, int photos, int first) =>
            [.. Enumerable.Range(0, photos).Select(photo => all.Count(c => c.Object == which && (c.Target - first) % photos == photo))];
    }

    private ConceptDataset Dataset(TrainingOptions options, params int[] photos) => new(
        _model, [.. photos.Select(n => Teapot.Photos.Take(n).Select(p => PhotoTensor.Square(p, _model.ImageSize, options.Values))
            .ToArray())], options);

    /// <summary>The base model, loaded once for all tests.</summary>
    public sealed class Toybox : IDisposable
    {
        internal BaseModel Model { get; } = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);

        public void Dispose() => Model.Dispose();
    }
}
