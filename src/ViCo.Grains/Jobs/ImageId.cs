namespace ViCo.Grains.Jobs;

/// <summary>The id of a picture, <c>job-index</c>: leads to its job without an index of all pictures.</summary>
public static class ImageId
{
    /// <summary>The id of a job's picture.</summary>
    public static string Of(string jobId, int index) => $"{jobId}-{index}";

    /// <summary>The job and index of an id, or null when the text is none.</summary>
    public static (string JobId, int Index)? Parse(string imageId)
    {
        var cut = imageId.LastIndexOf('-');
        return cut > 0 && int.TryParse(imageId.AsSpan(cut + 1), System.Globalization.NumberStyles.None, null, out var index)
            ? (imageId[..cut], index) : null;
    }
}
