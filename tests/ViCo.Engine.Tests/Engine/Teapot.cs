namespace ViCo.Engine.Tests.Engine;

/// <summary>The shipped sample concept.</summary>
internal static class Teapot
{
    public static IReadOnlyList<PhotoFile> Photos { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("samples", "teapot", "photos"), "*.png").Order(StringComparer.Ordinal)
            .Select(path => new PhotoFile(Path.GetFileName(path), File.ReadAllBytes(path))),
    ];

    public static TrainingRequest Training(int steps, TrainingOverrides? options = null) => new(
        Photos, "teapot", (options ?? new()) with { Steps = steps, PreviewEvery = options?.PreviewEvery ?? 0 });
}
