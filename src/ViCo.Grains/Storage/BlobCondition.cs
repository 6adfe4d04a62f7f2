namespace ViCo.Grains.Storage;

/// <summary>What must hold for a write or delete to happen: nothing (default), absence, or an ETag.</summary>
public readonly record struct BlobCondition
{
    /// <summary>The blob must not exist yet.</summary>
    public static BlobCondition Absent => new() { MustBeAbsent = true };

    /// <summary>The blob must still have this ETag.</summary>
    public static BlobCondition Matches(string eTag) => new() { ETag = eTag };

    /// <summary>See <see cref="Absent"/>.</summary>
    public bool MustBeAbsent { get; private init; }

    /// <summary>See <see cref="Matches"/>.</summary>
    public string? ETag { get; private init; }
}
