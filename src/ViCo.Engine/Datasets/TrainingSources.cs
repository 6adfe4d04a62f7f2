using ViCo.Pictures;

namespace ViCo.Engine.Datasets;

/// <summary>What a training is given to learn from.</summary>
/// <param name="Objects">Per object its photos: squares of the model's size.</param>
/// <param name="Classes">Where pictures of classes come from.</param>
internal sealed record TrainingSources(
    IReadOnlyList<IReadOnlyList<Picture>> Objects, ClassPictures Classes, CancellationToken CancellationToken = default)
{
    /// <summary>Whose drawn pictures of classes are shared; empty: this machine's own.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Per object and photo what is said about it; empty: nothing of any.</summary>
    public IReadOnlyList<IReadOnlyList<PhotoNote>> Notes { get; init; } = [];

    /// <summary>Photos of the objects' class, as they were given: there may be many; empty: the base model draws its own.</summary>
    public IReadOnlyList<PhotoFile> ClassPhotos { get; init; } = [];
}
