using System.Globalization;

namespace ViCo.Grains.Indexes;

/// <summary>An entry's place: newer first, then by id.</summary>
internal readonly record struct IndexKey(long Ticks, string Id) : IComparable<IndexKey>
{
    public static IndexKey Of(IndexEntry entry) => new(entry.At.UtcTicks, entry.Id);

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="ArgumentException">The text is no place.</exception>
    public static IndexKey Parse(string cursor)
    {
        var cut = cursor.IndexOf('.', StringComparison.Ordinal);
        return cut > 0 && long.TryParse(cursor.AsSpan(0, cut), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks)
            ? new(ticks, cursor[(cut + 1)..])
            : throw new ArgumentException($"'{cursor}' is no cursor; wanted the 'next' of an earlier page.", nameof(cursor));
    }

    public int CompareTo(IndexKey other) => Ticks != other.Ticks ? other.Ticks.CompareTo(Ticks) : string.CompareOrdinal(other.Id, Id);

    public override string ToString() => $"{Ticks:x}.{Id}";
}
