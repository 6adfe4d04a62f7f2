namespace ViCo.Engine.Tests.Engine;

/// <summary>The shipped base model and concept, and one engine for all tests that only need one.</summary>
public sealed class ToyboxEngine : IAsyncLifetime
{
    internal TorchEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await LoadAsync();

    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    internal static Task<TorchEngine> LoadAsync() => TorchEngine.LoadAsync(Repository.PathOf("models", "toybox"), new() { Niceness = 0 });
}

[CollectionDefinition("toybox")]
public sealed class ToyboxGroup : ICollectionFixture<ToyboxEngine>;

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
