namespace ViCo.Benchmarks;

/// <summary>A base model's folder that is there while this lives.</summary>
internal sealed class BenchmarkModel : IDisposable
{
    private readonly bool _temporary;

    private BenchmarkModel(string path, bool temporary) => (Path, _temporary) = (path, temporary);

    public string Path { get; }

    /// <param name="existing">Null: a temporary one with random weights.</param>
    public static BenchmarkModel Of(string? existing, int sizePixels, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (existing is not null) return new(existing, temporary: false);
        var folder = new BenchmarkModel(Directory.CreateTempSubdirectory("vico-random-sd-").FullName, temporary: true);
        try
        {
            RandomModel.Write(folder.Path, sizePixels, progress, cancellationToken);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_temporary) Directory.Delete(Path, recursive: true);
    }
}
