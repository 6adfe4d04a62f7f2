namespace ViCo.Engine.Datasets;

/// <summary>How photos are shown to a training, where it is not each as it is under a caption of the list.</summary>
internal sealed record PhotoTreatment
{
    /// <summary>Per object and photo; empty: nothing is said of any.</summary>
    public IReadOnlyList<IReadOnlyList<PhotoNote>> Notes { get; init; } = [];

    /// <summary>Whether each sample shows its photo in a size of its own: <see cref="SizeChange"/>.</summary>
    public bool VariesSize { get; init; }
}
