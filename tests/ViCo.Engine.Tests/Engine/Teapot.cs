using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>The shipped sample concept, alone and together with the other one.</summary>
internal static class Teapot
{
    public static IReadOnlyList<PhotoFile> Photos { get; } = Read("teapot");

    public static IReadOnlyList<PhotoFile> Backpack { get; } = Read("backpack");

    /// <summary>Teapot and backpack, two photos each.</summary>
    public static TrainingRequest Pair(int steps, OptionValues? options = null) => Training(steps, options) with
    {
        Photos = [.. Photos.Take(2)], Others = [new([.. Backpack.Take(2)], "backpack")],
    };

    public static TrainingRequest Training(int steps, OptionValues? options = null) => new(
        Photos, "teapot", (options ?? OptionValues.None).Over(OptionValues.None.With(TrainingOption.PreviewEvery, 0))
            .With(TrainingOption.Steps, steps));

    private static IReadOnlyList<PhotoFile> Read(string sample) =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf("samples", sample, "photos"), "*.png").Order(StringComparer.Ordinal)
            .Select(path => new PhotoFile(Path.GetFileName(path), File.ReadAllBytes(path))),
    ];
}
