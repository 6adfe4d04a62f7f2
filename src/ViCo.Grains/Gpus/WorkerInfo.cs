namespace ViCo.Grains.Gpus;

/// <param name="Id">Made by <see cref="Create"/>: <c>silo/device#incarnation</c>, unique per process start.</param>
/// <param name="Silo">The silo's name, the same after a restart and unlike any other silo's.</param>
/// <param name="Sizes">Of the pictures that its base model draws; null: it does not say.</param>
[GenerateSerializer, Immutable, Alias("vico.worker-info")]
public sealed record WorkerInfo(
    [property: Id(0)] string Id, [property: Id(1)] string Silo, [property: Id(2)] string Device, [property: Id(3)] string BaseModel,
    [property: Id(4)] PictureSizes? Sizes = null)
{
    /// <summary>A worker of this process start.</summary>
    public static WorkerInfo Create(string silo, string device, string baseModel, PictureSizes sizes, Guid incarnation) =>
        new($"{silo}/{device}#{incarnation:N}", silo, device, baseModel, sizes);

    /// <summary>Digest of its base model; null: a version that did not say.</summary>
    [Id(5)] public string? BaseDigest { get; init; }

    /// <summary>Memory of the device that the base model leaves for work, in bytes; null: not known.</summary>
    [Id(6)] public long? FreeBytes { get; init; }

    /// <summary>Of the program; null: one that did not say.</summary>
    [Id(7)] public string? Version { get; init; }

    /// <summary>This worker as one that runs a further job at the same time: of several it does, each has a lease of its own.</summary>
    /// <param name="number">From 2.</param>
    public WorkerInfo Lane(int number) => this with { Id = $"{ProcessOf(Id)}~{number}" };

    /// <summary>The process that a worker id names, whichever of its lanes.</summary>
    public static string ProcessOf(string workerId) =>
        workerId.IndexOf('~', workerId.LastIndexOf('#') + 1) is >= 0 and var end ? workerId[..end] : workerId;

    /// <summary>The silo's name.</summary>
    public static string SiloOf(string workerId) => workerId.IndexOf('/', StringComparison.Ordinal) is >= 0 and var end ? workerId[..end]
        : workerId;

    /// <summary>Which silo and device a worker id names: a new incarnation of the same slot means that the older one is dead.</summary>
    public static string SlotOf(string workerId) => workerId.LastIndexOf('#') is >= 0 and var end ? workerId[..end] : workerId;
}
