namespace ViCo.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">The file being fetched.</param>
/// <param name="Done">Bytes of the whole model so far.</param>
/// <param name="Total">Bytes of the whole model; 0 while unknown.</param>
public readonly record struct DownloadProgress(string File, long Done, long Total);
