using ViCo.Engine;

namespace ViCo.Silo.Gpus;

/// <summary>What one run asks a round to draw; it hears of it until it has its pictures or leaves.</summary>
/// <param name="observer">Of the run: what it throws ends this part and none of the others.</param>
/// <param name="gotOn">Called with every step that it hears of.</param>
internal sealed class SharedPart(GenerationRequest request, IGenerationObserver observer, Action gotOn) : IGenerationObserver
{
    private readonly TaskCompletionSource<IReadOnlyList<GeneratedImage>> _images = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _told, _shown;

    public GenerationRequest Request => request;

    public Task<IReadOnlyList<GeneratedImage>> Images => _images.Task;

    public bool IsOver => _images.Task.IsCompleted;

    /// <summary>Whether the run asks for nothing after this.</summary>
    public bool IsLast { get; init; }

    /// <summary>Called when the engine gets on with what others asked for.</summary>
    public Action OthersGotOn { get; init; } = () => { };

    public int Previews => observer.Previews;

    public void Give(IReadOnlyList<GeneratedImage> images) => _images.TrySetResult(images);

    public void Fail(Exception error) => _images.TrySetException(error);

    public void Leave(CancellationToken because) => _images.TrySetCanceled(because);

    public void OnStep(int step, int steps)
    {
        gotOn();
        // What is drawn a second time, alone, is not told of twice.
        if (step > _told) Tell(() => observer.OnStep(_told = step, steps));
    }

    public void OnPreview(int step, ReadOnlyMemory<byte> png)
    {
        if (step > _shown) Tell(() => observer.OnPreview(_shown = step, png));
    }

    private void Tell(Action tell)
    {
        if (IsOver) return;
        try
        {
            tell();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }
}
