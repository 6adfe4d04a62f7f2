using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

[Collection("tiny")]
public sealed class ImageBlockPoolTests(TinyEngine tiny) : IDisposable
{
    private readonly BaseModel _model = BaseModel.Load(tiny.Folder, CPU);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_concept_on_modules_used_before_is_the_one_that_new_modules_would_have_made()
    {
        var first = Create(seed: 1);
        var (blocks, expected) = (Blocks(first), Written.By(to => first.Write(to, 0)));
        first.Dispose();
        using (var other = Create(seed: 2))
        {
            Assert.Same(blocks, Blocks(other));
            Assert.NotEqual(expected, Written.By(to => other.Write(to, 0)));
        }

        using (var loaded = Concept.Load(_model, KnownMethods.All, expected.Stored("first")))
        {
            Assert.Same(blocks, Blocks(loaded));
            Assert.Equal(expected, Written.By(to => loaded.Write(to, 0)));
            Assert.All(Blocks(loaded).NamedTensors(), t => Assert.False(t.Parameter.requires_grad));
        }

        using var again = Create(seed: 1);
        Assert.Same(blocks, Blocks(again));
        Assert.Equal(expected, Written.By(to => again.Write(to, 0)));
        Assert.All(Blocks(again).NamedTensors(), t => Assert.True(t.Parameter.requires_grad));
    }

    [Fact]
    public void Concepts_alive_at_once_share_nothing_even_if_one_was_disposed_twice()
    {
        var first = Create(seed: 1);
        first.Dispose();
        first.Dispose();
        using var second = Create(seed: 2);
        using var third = Create(seed: 3);
        using var narrow = Create(seed: 4, [10, 14]);
        Assert.NotSame(Blocks(second), Blocks(third));
        Assert.Equal([10, 14], Blocks(narrow).Layers);
    }

    [Fact]
    public void Modules_between_two_concepts_hold_no_numbers()
    {
        var first = Create(seed: 1);
        var blocks = Blocks(first);
        first.Dispose();
        Assert.All(blocks.NamedTensors(), t => Assert.Equal(DeviceType.META, t.Parameter.device_type));
    }

    [Fact]
    public void A_concept_is_on_the_models_device_in_every_life_of_its_modules()
    {
        // libtorch's meta device stands for a GPU: it keeps no numbers, but knows where each tensor is. It cannot look up an init word.
        StoredFile checkpoint;
        using (var first = Create(seed: 1)) checkpoint = Written.By(to => first.Write(to, 0)).Stored("concept");
        using var elsewhere = BaseModel.Load(tiny.Folder, new Device(DeviceType.META));
        for (var life = 0; life < 3; life++)
        {
            using var loaded = Concept.Load(elsewhere, KnownMethods.All, checkpoint);
            Assert.All(loaded.NamedTensors(), t => Assert.Equal(DeviceType.META, t.Parameter.device_type));
            loaded.Dispose();
            using var here = Concept.Load(_model, KnownMethods.All, checkpoint);
            Assert.All(here.NamedTensors(), t => Assert.Equal(DeviceType.CPU, t.Parameter.device_type));
        }
    }

    private static ImageCrossAttention Blocks(Concept concept) => concept.Part<ImageBlocks>()!.Modules;

    private Concept Create(long seed, IReadOnlyList<int>? layers = null)
    {
        var options = TrainingOptions.From(_model.Defaults, OptionValues.None.With(TrainingOption.Seed, seed));
        return Concept.Create(_model, KnownMethods.All.Named("vico"), layers is null ? options
            : options.With(VisualConditionOption.Layers, layers), ["object"]);
    }
}
