using System.Globalization;
using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Pictures;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>The rehearsal engine on a device with little memory, whose pictures say how they were cut to fit it.</summary>
/// <param name="room">What there is room for; null: for nothing.</param>
internal sealed class CrampedEngine(DrawingRoom? room) : IEngine
{
    private readonly RehearsalEngine _engine = new();

    public EngineInfo Info => _engine.Info;

    public Task<TrainingOutcome> TrainAsync(TrainingRequest request, ITrainingObserver observer, CancellationToken cancellationToken) =>
        room is null ? throw new DeviceMemoryException("There is not enough memory for a training step.", new InvalidOperationException())
            : _engine.TrainAsync(request, observer, cancellationToken);

    public async Task<IReadOnlyList<GeneratedImage>> GenerateAsync(GenerationRequest request, IGenerationObserver observer,
        CancellationToken cancellationToken)
    {
        var cut = request.Room ?? room!;
        var said = new List<PictureText> { new("batch", cut.AtOnce.ToString(CultureInfo.InvariantCulture)) };
        if (cut.InStrips) said.Add(new("decoded", "strips"));
        var images = await _engine.GenerateAsync(request, observer, cancellationToken);
        return [.. images.Select(i => i with { Png = PictureCodec.EncodePng(PictureCodec.Decode(i.Png, "drawn"), said) })];
    }

    public async Task<IReadOnlyList<IReadOnlyList<GeneratedImage>>> GenerateAsync(
        IReadOnlyList<GenerationRequest> requests, IReadOnlyList<IGenerationObserver> observers, CancellationToken cancellationToken)
    {
        var images = new List<IReadOnlyList<GeneratedImage>>();
        foreach (var (request, observer) in requests.Zip(observers)) images.Add(await GenerateAsync(request, observer, cancellationToken));
        return images;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
