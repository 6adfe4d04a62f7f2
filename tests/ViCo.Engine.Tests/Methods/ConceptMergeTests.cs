using ViCo.Engine.Methods;
using ViCo.Engine.Methods.CustomDiffusion;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>Concepts of Custom Diffusion that become one without training.</summary>
[Collection("tiny")]
public sealed class ConceptMergeTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Joined_each_object_has_the_keys_and_values_that_it_had_alone()
    {
        var (teapot, backpack) = (await TrainedAsync(Teapot.Photos, "teapot", 1), await TrainedAsync(Teapot.Backpack, "backpack", 2));
        byte[] joined = [];
        await tiny.Engine.RunAsync(() =>
        {
            ConceptMerge.Write([teapot, backpack], tiny.Folder, (metadata, write) =>
            {
                Assert.Equal(["teapot", "backpack"], metadata.InitWords);
                joined = Written.By(write);
            });
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var model = BaseModel.Load(tiny.Folder, CPU);
            using var both = Concept.Load(model, KnownMethods.All, joined.Stored("joined"));
            using var first = Concept.Load(model, KnownMethods.All, teapot);
            using var second = Concept.Load(model, KnownMethods.All, backpack);
            var (kept, plain) = (0.0, 0.0);
            foreach (var (alone, name) in new[] { (first, "<1>"), (second, "<2>") })
            {
                // From the object's word on; what stands before it is in both concepts' captions, and belongs to neither.
                var (own, shared) = (States(model, alone, "a photo of a *"), States(model, both, $"a photo of a {name}"));
                Assert.True((own - shared).abs().max().item<float>() < 1e-4);
                foreach (var (layer, weight) in Weights(alone))
                {
                    var (wanted, found) = (own.mm(weight.t()), shared.mm(Weights(both)[layer].t()));
                    kept = Math.Max(kept, ((wanted - found).norm() / wanted.norm()).item<float>());
                    plain = Math.Max(plain, ((wanted - own.mm(Frozen(model, layer).t())).norm() / wanted.norm()).item<float>());
                }
            }
            Assert.True(kept < 1e-3, $"off by {kept:g3} of their length");
            Assert.True(plain > 0.05, $"what was learned is {plain:g3} of it: too little to tell");
            return true;
        });
        var drawn = await tiny.Engine.GenerateAsync(new(joined.Stored(), [], "a photo of a <1> and a <2>", [1]), new Recorder(), Stop);
        Assert.Empty(drawn[0].Warnings);
    }

    [Fact]
    public async Task What_is_no_concept_of_one_object_with_its_own_keys_and_values_is_refused_by_name()
    {
        var teapot = await TrainedAsync(Teapot.Photos, "teapot", 1);
        var whole = await TrainedAsync(Teapot.Photos, "teapot", 1,
            OptionValues.None.With(CustomDiffusionOption.CustomLayers, CustomDiffusionOption.WholeAttention));
        var other = (await tiny.TrainedAsync()).Stored("other");
        await tiny.Engine.RunAsync(() =>
        {
            Refused<InvalidDataException>("'other' is a concept of method 'vico'", teapot, other);
            Refused<InvalidDataException>("has queries and outputs of its own", teapot, whole);
            Refused<ArgumentException>("1 concepts; wanted 2 to 4", teapot);
            return true;

            void Refused<T>(string why, params StoredFile[] concepts)
                where T : Exception =>
                Assert.Contains(why, Assert.Throws<T>(() => ConceptMerge.Write(concepts, tiny.Folder, (_, _) => { })).Message,
                    StringComparison.Ordinal);
        });
    }

    private static Dictionary<string, Tensor> Weights(Concept concept) =>
        concept.Part<ReplacedLayers>()!.Tensors.ToDictionary(t => t.Name, t => (Tensor)t.Parameter);

    private static TorchSharp.Modules.Parameter Frozen(BaseModel model, string key) =>
        ReplacedLayers.AttentionToText(model, "to_k", "to_v").Single(l => ReplacedLayers.KeyOf(l.Path, "weight") == key).Weight;

    private static Tensor States(BaseModel model, Concept concept, string caption)
    {
        var prompt = concept.Read(caption);
        var pass = concept.Join(new() { Prompts = [prompt] }, Share.Whole);
        var first = prompt.Placeholders[0].Column;
        return model.Read([prompt], pass).select(0, 0).narrow(0, first, prompt.EndOfText - first + 1);
    }

    private async Task<StoredFile> TrainedAsync(IReadOnlyList<PhotoFile> photos, string word, int seed, OptionValues? more = null)
    {
        var recorder = new Recorder();
        var options = (more ?? OptionValues.None).With(TrainingOption.Method, "custom-diffusion").With(TrainingOption.BatchSize, 1)
            .With(CustomDiffusionOption.CustomLearningRate, 0.05).With(PriorOption.PriorWeight, 0).With(TrainingOption.Seed, seed);
        await tiny.Engine.TrainAsync(Teapot.Training(3, options) with { Photos = photos, InitWord = word }, recorder, Stop);
        return recorder.Checkpoints[^1].Bytes.Stored(word);
    }
}
