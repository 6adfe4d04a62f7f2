using System.Text.Json.Serialization;

namespace ViCo.Grains.Storage;

/// <summary>A grain's state as stored: the value with a name for each write, by which a writer knows its own after a lost answer.</summary>
internal sealed class Saved<T> : IMayBeDamaged where T : class
{
    public long Revision { get; set; }

    public string Writer { get; set; } = "";

    public T? Value { get; set; }

    [JsonIgnore] public DamagedBlobException? Damage { get; set; }
}
