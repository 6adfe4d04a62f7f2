namespace ViCo.Grains.Tenants;

/// <summary>A tenant's signed-in browsers by the hash of what their cookies hold.</summary>
internal sealed record SessionRecord
{
    /// <summary>More of one key's push the oldest out.</summary>
    public const int MaxPerKey = 100;

    public IReadOnlyDictionary<string, StoredSession> Sessions { get; init; } = new Dictionary<string, StoredSession>();

    /// <summary>With one more, and without those that have ended.</summary>
    public SessionRecord With(string hash, StoredSession session, DateTimeOffset now)
    {
        var kept = Sessions.Where(one => one.Value.Stands(now)).ToDictionary();
        kept[hash] = session;
        foreach (var old in kept.Where(one => one.Value.KeyId == session.KeyId).OrderByDescending(one => one.Value.Created).Skip(MaxPerKey)
            .ToArray())
            kept.Remove(old.Key);
        return new() { Sessions = kept };
    }

    public SessionRecord Without(IReadOnlyCollection<string> hashes) =>
        new() { Sessions = Sessions.Where(one => !hashes.Contains(one.Key)).ToDictionary() };
}
