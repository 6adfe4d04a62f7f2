using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Generation;

/// <summary>Reads the maps of S★ and the object masks off the reference path. ViCo figures 3 and 18.</summary>
internal static class AttentionProbe
{
    private static readonly IReadOnlyCollection<int> DefaultLayers = [8, 10, 12, 14];

    /// <summary>The layers with image blocks; those of ViCo for a concept without.</summary>
    public static IReadOnlyCollection<int> LayersOf(Concept concept) => concept.Part<ImageBlocks>()?.Modules.Layers ?? DefaultLayers;

    public static IReadOnlyList<AttentionMap> Probe(BaseModel model, Concept concept, AttentionRequest request)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var prompt = concept.Read(request.Caption);
        var text = model.Read([prompt], concept.Join(new() { Prompts = [prompt] }, Share.Whole));
        using var positions = TokenPositions.Of([prompt], model.Device);
        var layers = LayersOf(concept);
        var maps = new List<AttentionMap>();
        for (var i = 0; i < request.Photos.Count; i++)
        {
            var photo = PhotoTensor.Square(request.Photos[i], model.ImageSize, concept.Options.Values);
            var latents = PhotoTensor.ReferenceLatents(model, photo);
            foreach (var timestep in request.Timesteps)
            {
                using var step = NewDisposeScope();
                using var features = ReferenceFeatures.Record(layers, recorder =>
                {
                    var pass = concept.Join(new(recorder), Share.Whole);
                    (pass.UNet ?? model.UNet).Visit(latents, NewTensor.Of([(long)timestep], model.Device), new(text), pass);
                });
                var masks = ObjectMask.Masks(features, positions.Placeholder, concept.Options.Get(VisualConditionOption.OtsuBins));
                foreach (var layer in layers)
                {
                    var map = TokenPositions.Columns(features.Map(layer), positions.Placeholder);
                    var side = (int)Math.Round(Math.Sqrt(map.shape[1]));                 // latents are squares
                    maps.Add(new(i, timestep, layer, side, side,
                        HostRead.Floats(map), HostRead.Bytes(masks[layer])));
                }
            }
        }
        return maps;
    }
}
