using ViCo.Options;

namespace ViCo.Engine;

/// <param name="Photos">1 to 30 photos of the object; 4 to 7 work best. The order is part of the job: it numbers the references.</param>
/// <param name="InitWord">Near the object's class, such as <c>teapot</c>; <c>object</c> does too. S★ starts from it: from the
/// mean, where it is several tokens.</param>
/// <param name="Options">Everything that changes the result. What is not there is the base model's default (its <c>vico.json</c>).</param>
public sealed record TrainingRequest(
    IReadOnlyList<PhotoFile> Photos, string InitWord, OptionValues Options)
{
    /// <summary>Objects that one training may learn together.</summary>
    public const int MaxObjects = 4;

    /// <summary>Photos of the class that one training may be given.</summary>
    public const int MaxClassPhotos = 1000;

    /// <summary>
    /// Resume points of this training, newest first: it goes on from the first that reads, and warns of those that do not.
    /// All that moves the numbers must be as it was; steps and how often something is kept may differ, so that more steps
    /// extend a training. Empty: from the start.
    /// </summary>
    public IReadOnlyList<StoredFile> Resume { get; init; } = [];

    /// <summary>
    /// A resume point of another training that this one begins from: its weights, its optimizer's state and its step, with the options and
    /// photos of this request. Not read where there is a resume point in <see cref="Resume"/>. Null: from the start.
    /// </summary>
    public StoredFile? BranchFrom { get; init; }

    /// <summary>
    /// At most <see cref="MaxClassPhotos"/> of other objects of the class, for methods that learn from the class too; empty: the base model
    /// draws its own.
    /// </summary>
    public IReadOnlyList<PhotoFile> ClassPhotos { get; init; } = [];

    /// <summary>
    /// Whose training it is: pictures of a class that the base model has drawn are kept for the trainings of the same owner alone. Empty:
    /// this machine's own.
    /// </summary>
    public string Owner { get; init; } = "";

    /// <summary>
    /// Further objects to learn in the same training, each with an S★ of its own and all with the same image blocks; empty: one object.
    /// </summary>
    public IReadOnlyList<TrainingObject> Others { get; init; } = [];

    /// <summary>Every object; number k of them, from 1, is <c>&lt;k&gt;</c> in prompts where there are several.</summary>
    public IReadOnlyList<TrainingObject> Objects => [new(Photos, InitWord), .. Others];

    /// <exception cref="ArgumentException">Too many objects, or one of them has no photos or too many.</exception>
    internal void CheckObjects()
    {
        if (ClassPhotos.Count > MaxClassPhotos)
            throw new ArgumentException($"{ClassPhotos.Count} photos of the class; wanted at most {MaxClassPhotos}.");
        if (Objects.Count > MaxObjects)
            throw new ArgumentException($"{Objects.Count} objects; wanted 1 to {MaxObjects}.");
        if (Objects.FirstOrDefault(o => o.Photos.Count is < 1 or > 30) is { } odd)
            throw new ArgumentException(
                $"{odd.Photos.Count} photos{(Others.Count == 0 ? "" : $" of '{odd.InitWord}'")}; wanted 1 to 30 (4 to 7 work best).");
    }
}
