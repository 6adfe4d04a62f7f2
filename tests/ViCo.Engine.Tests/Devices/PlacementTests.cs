using System.Collections;
using System.Reflection;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Metrics;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.Vision;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;
using AdamW = ViCo.Engine.Training.AdamW;

namespace ViCo.Engine.Tests.Devices;

/// <summary>
/// Every tensor lies on the device that the engine was told. libtorch's meta device stands in for a GPU: it has no numbers, but a place.
/// </summary>
[Collection("tiny")]
public sealed class PlacementTests(TinyEngine tiny)
{
    private static readonly Device Meta = new(DeviceType.META);

    [Fact]
    public async Task A_base_model_and_concepts_lie_on_the_model_s_device_also_when_their_modules_are_used_again()
    {
        var checkpoint = (await tiny.TrainedAsync()).Stored();
        await tiny.Engine.RunAsync(() =>
        {
            using var model = BaseModel.Load(tiny.Folder, Meta);
            for (var life = 1; life <= 3; life++)
            {
                using var concept = Concept.Load(model, KnownMethods.All, checkpoint);
                Assert.Equal(80, concept.Parts.OfType<ImageBlocks>().Single().Tensors.Count);
                AllOn(DeviceType.META, model.UNet, model.TextEncoder, model.Vae, concept.Parts.OfType<ImageBlocks>().Single().Modules,
                    concept.NamedTensors().ToArray());
            }
            return true;
        });
    }

    [Fact]
    public async Task Caches_and_the_guide_of_a_drawing_lie_on_the_model_s_device()
    {
        var checkpoint = (await tiny.TrainedAsync()).Stored();
        await tiny.Engine.RunAsync(() =>
        {
            using var inference = inference_mode();
            using var scope = NewDisposeScope();
            using var model = BaseModel.Load(tiny.Folder, Meta);
            using var concept = Concept.Load(model, KnownMethods.All, checkpoint);
            var (prompt, negative) =
                (model.Tokenizer.Encode("a *", PlaceholderForms.In("a *", 1)), model.Tokenizer.Encode("", PlaceholderForms.In("", 1)));
            var cache = new ReferenceCache(1 << 24);
            // libtorch's meta device has no convolution, so no pass: the cache is given what one would give.
            using (var schedule = cache.Open("photo", 1))
                schedule.Read(981, "5", () => Reading(concept.Part<ImageBlocks>()!.Modules));
            using var timesteps = new RunTimesteps([981], Meta);
            using var guide = new ReferenceGuide(model, concept, cache, new(
                new(zeros([1, .. model.LatentShape], ScalarType.Float32, Meta), [0], ["photo"]),
                new(zeros([2, prompt.Ids.Count, model.TextEncoder.Config.Width], ScalarType.Float32, Meta), negative, prompt),
                new(2, Guidance.Published(7.5, inUnconditional: true), Rows.Range(0, 4)), new("plan", timesteps, "mine"), null));
            Assert.NotEqual(0, cache.Bytes);
            AllOn(DeviceType.META, cache, guide, timesteps);
            cache.Clear();
            return true;
        });

        ReferenceReading Reading(ImageCrossAttention blocks) => new(
            blocks.Layers.ToDictionary(l => l, l => zeros([1, 16, 16], ScalarType.Float32, Meta).DetachFromDisposeScope()),
            blocks.Layers.ToDictionary(l => l, l => zeros([1, 16], ScalarType.Float32, Meta).DetachFromDisposeScope()));
    }

    [Fact]
    public async Task Metrics_are_taken_where_they_are_told() => await tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var scorer = SimilarityScorer.Load(Repository.PathOf("models", "toybox"), Meta);
        var pixels = ImagePreprocessing.Dino.Apply([new Picture(300, 400, new byte[3 * 300 * 400])], Meta);
        AllOn(DeviceType.META, scorer, pixels);
        return true;
    });

    [Fact]
    public async Task The_optimizer_works_where_its_parameters_are() => await tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        var parameters = Enumerable.Range(0, 3).Select(i => ($"p{i}", nn.Parameter(zeros(2, 3, device: Meta)))).ToArray();
        using var optimizer = new AdamW([new(0.1, parameters[..1]), new(0.1, parameters[1..]) { EveryStep = true }], 0.01);
        for (var step = 0; step < 2; step++)
        {
            optimizer.ZeroGrad();
            parameters.Select(p => p.Item2.sum()).Aggregate((a, b) => a.Plus(b)).backward();
            optimizer.Step();
            AllOn(DeviceType.META, optimizer, parameters);
        }
        return true;
    });

    [Fact]
    public async Task Contexts_and_the_regulariser_are_made_where_the_maps_are() => await tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var positions = TokenPositions.At([([2], 3)], 7, Meta);
        var map = zeros(1, 16, 7, device: Meta);
        AllOn(DeviceType.META, positions, ObjectMask.Regularization(map, positions, OptionValues.None),
            ObjectMask.Context(map, map.narrow(2, 0, 1).squeeze(2).eq(map.amax([2])), "post_softmax"));
        return true;
    });

    [Fact]
    public void A_product_looks_rows_up_and_gives_them_the_gradients_that_a_look_up_does()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var table = randn([3, 5], dtype: ScalarType.Float32, generator: generator, device: CPU).requires_grad_(true);
        var weights = randn([2, 4, 5], dtype: ScalarType.Float32, generator: generator, device: CPU);
        var index = tensor(new[] { 0L, 2, 2, 1, 0, 0, 2, 0 }, device: CPU).view(2, 4);

        (EmbeddingTable.Rows(table, index) * weights).sum().backward();
        var expected = table.grad!.clone();
        table.grad!.zero_();
        (PlaceholderTable.ByProduct(table, index) * weights).sum().backward();

        Assert.True(EmbeddingTable.Rows(table, index).equal(PlaceholderTable.ByProduct(table, index)).all().item<bool>());
        Assert.InRange((table.grad! - expected).abs().max().item<float>(), 0, 1e-6);
    }

    private static void AllOn(DeviceType device, params object[] roots)
    {
        var (seen, found) = (new HashSet<object>(ReferenceEqualityComparer.Instance), 0);
        foreach (var root in roots) Walk(root, root.GetType().Name);
        Assert.True(found > 0, "no tensor was found");

        void Walk(object? value, string path)
        {
            if (value is null or string || value.GetType().IsPrimitive || !seen.Add(value)) return;
            if (value is Tensor tensor)
            {
                if (tensor.IsInvalid) return;
                found++;
                Assert.True(tensor.device_type == device, $"{path} is on {tensor.device}");
                return;
            }
            if (value is nn.Module module)
            {
                foreach (var (name, parameter) in module.named_parameters()) Walk(parameter, $"{path}.{name}");
                return;
            }
            if (value is IEnumerable many)
            {
                foreach (var one in many) Walk(one, $"{path}[]");
            }
            if (value.GetType() is var type && (type.Assembly == typeof(TorchEngine).Assembly || type.IsGenericType))
            {
                foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    if (!field.FieldType.IsPointer && !field.FieldType.IsPrimitive) Walk(field.GetValue(value), $"{path}.{field.Name}");
                }
            }
        }
    }
}
