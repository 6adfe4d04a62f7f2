using System.Text.Json.Serialization;

namespace ViCo.Grains.Upkeep;

/// <summary>What is wrong with a blob.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Fault>))]
public enum Fault
{
    /// <summary>It cannot be read, or is not what its size or digest says.</summary>
    [JsonStringEnumMemberName("damaged")] Damaged = 0,

    /// <summary>Something leads to it, and it is not there.</summary>
    [JsonStringEnumMemberName("missing")] Missing = 1,

    /// <summary>What it holds is there, and the index or the queue does not say so.</summary>
    [JsonStringEnumMemberName("unlisted")] Unlisted = 2,

    /// <summary>An index shows it, and what it shows is gone.</summary>
    [JsonStringEnumMemberName("stale")] Stale = 3,

    /// <summary>Nothing leads to it: <c>gc</c> removes it.</summary>
    [JsonStringEnumMemberName("orphan")] Orphan = 4,

    /// <summary>Its name is none that this version gives; nobody touches it.</summary>
    [JsonStringEnumMemberName("unknown")] Unknown = 5,
}
