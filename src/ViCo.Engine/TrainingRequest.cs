namespace ViCo.Engine;

/// <param name="Photos">1 to 30 photos of the object; 4 to 7 work best. The order is part of the job: it numbers the references.</param>
/// <param name="InitWord">Near the object's class, such as <c>teapot</c>; <c>object</c> does too. S★ starts from it: from the mean, where it is several tokens.</param>
/// <param name="Options">Everything that changes the result. Null members take the base model's defaults (its <c>vico.json</c>).</param>
/// <param name="Resume">Bytes given to <see cref="ITrainingObserver.OnResumePoint"/> by an earlier attempt of the same request, or null.</param>
public sealed record TrainingRequest(
    IReadOnlyList<PhotoFile> Photos, string InitWord, TrainingOverrides Options, ReadOnlyMemory<byte>? Resume = null)
{
    /// <summary>Objects that one training may learn together.</summary>
    public const int MaxObjects = 4;

    /// <summary>Further objects to learn in the same training, each with an S★ of its own and all with the same image blocks; empty: one object.</summary>
    public IReadOnlyList<TrainingObject> Others { get; init; } = [];

    /// <summary>Every object; number k of them, from 1, is <c>&lt;k&gt;</c> in prompts where there are several.</summary>
    public IReadOnlyList<TrainingObject> Objects => [new(Photos, InitWord), .. Others];

    /// <exception cref="ArgumentException">Too many objects, or one of them has no photos or too many.</exception>
    internal void CheckObjects()
    {
        if (Objects.Count > MaxObjects)
            throw new ArgumentException($"{Objects.Count} objects; wanted 1 to {MaxObjects}.");
        if (Objects.FirstOrDefault(o => o.Photos.Count is < 1 or > 30) is { } odd)
            throw new ArgumentException($"{odd.Photos.Count} photos{(Others.Count == 0 ? "" : $" of '{odd.InitWord}'")}; wanted 1 to 30 (4 to 7 work best).");
    }
}
