namespace ViCo.Grains.Concepts;

/// <param name="Name">Shown to people; 1 to 80 characters.</param>
/// <param name="InitWord">One token near the object's class, such as <c>teapot</c>.</param>
/// <param name="OtherInitWords">Of further objects to learn together with the first; null: none.</param>
[GenerateSerializer, Immutable, Alias("vico.concept-spec")]
public sealed record ConceptSpec(
    [property: Id(0)] string Name, [property: Id(1)] string InitWord, [property: Id(2)] DateTimeOffset Created,
    [property: Id(3)] IReadOnlyList<string>? OtherInitWords = null)
{
    /// <summary>Objects that one concept may have.</summary>
    public const int MaxObjects = 4;

    /// <summary>The front-end's own user it is made for, or null.</summary>
    [Id(4)] public string? User { get; init; }

    /// <summary>Words to find it by.</summary>
    [Id(5)] public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What a front-end wants to remember with it.</summary>
    [Id(6)] public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Of every object, in the order of their numbers.</summary>
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords ?? []];
}
