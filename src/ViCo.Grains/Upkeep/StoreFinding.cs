using System.Text.Json.Serialization;

namespace ViCo.Grains.Upkeep;

/// <summary>Something of a store that should be otherwise.</summary>
/// <param name="Blob">Its name.</param>
/// <param name="What">What was found, for people.</param>
/// <param name="Bytes">Of the blob; 0 where there is none.</param>
/// <param name="Remedy">What a repair does about it; null: nothing, a backup has to.</param>
public sealed record StoreFinding(Fault Fault, string Blob, string What, long Bytes = 0, string? Remedy = null)
{
    /// <summary>Whether somebody misses something by it. What is left over, or not the platform's, does no harm.</summary>
    public bool DoesHarm => Fault is not (Fault.Orphan or Fault.Unknown);

    /// <summary>Does what <see cref="Remedy"/> says.</summary>
    [JsonIgnore] internal Func<Task>? Mend { get; init; }

    /// <summary>Of an orphan: when it was written, by the store's clock.</summary>
    [JsonIgnore] internal DateTimeOffset Written { get; init; }
}
