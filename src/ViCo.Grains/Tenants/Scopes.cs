using System.Collections.Frozen;

namespace ViCo.Grains.Tenants;

/// <summary>Grants by role and by name.</summary>
public static class Scopes
{
    // What every signed-in caller may: see who it is, and sign out.
    private const Grants Own = Grants.SessionsRead | Grants.SessionsWrite;

    private const Grants Reader = Own | Grants.ConceptsRead | Grants.ImagesRead | Grants.JobsRead | Grants.ModelsRead;

    private const Grants User = Reader | Grants.ConceptsWrite | Grants.ImagesWrite | Grants.JobsWrite | Grants.TokensWrite;

    private const Grants Admin = User | Grants.WebhooksRead | Grants.WebhooksWrite | Grants.UsageRead | Grants.SettingsRead
        | Grants.SettingsWrite | Grants.KeysRead | Grants.KeysWrite;

    private const Grants Operator = Admin | Grants.TenantsRead | Grants.TenantsWrite | Grants.SilosRead | Grants.SilosWrite
        | Grants.MetricsRead;

    private static readonly FrozenDictionary<string, Grants> _byName = Enum.GetValues<Grants>()
        .Where(grant => long.IsPow2((long)grant)).ToFrozenDictionary(NameOf);

    /// <summary>Every scope's name, such as <c>concepts:read</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _byName.OrderBy(scope => scope.Value).Select(scope => scope.Key)];

    /// <summary>All that a role may.</summary>
    public static Grants Of(KeyRole role) => role switch
    {
        KeyRole.Reader => Reader,
        KeyRole.User => User,
        KeyRole.Admin => Admin,
        KeyRole.Operator => Operator,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "There is no such role."),
    };

    /// <summary>What a key may: its role's, or of those what its scopes name.</summary>
    /// <param name="names">Null: all of the role's. A name that no scope has gives nothing.</param>
    public static Grants Of(KeyRole role, IEnumerable<string>? names)
    {
        if (names is null) return Of(role);
        var named = Own;
        foreach (var name in names) named |= WithReading(_byName.GetValueOrDefault(name));
        return named & Of(role);
    }

    /// <summary>Whether there is a scope of this name.</summary>
    public static bool Knows(string name) => _byName.ContainsKey(name);

    /// <summary>The names of some grants.</summary>
    public static IReadOnlyList<string> NamesOf(Grants grants) => [.. Names.Where(name => grants.HasFlag(_byName[name]))];

    /// <summary>Whether one role may all that another may.</summary>
    public static bool Contains(this KeyRole role, KeyRole other) => (Of(role) & Of(other)) == Of(other);

    // Each writing bit stands behind the reading one of the same things, where there is one.
    private static Grants WithReading(Grants grant) =>
        Enum.TryParse<Grants>(grant.ToString().Replace("Write", "Read", StringComparison.Ordinal), out var reading)
            ? grant | reading : grant;

    private static string NameOf(Grants grant)
    {
        var text = grant.ToString();
        var cut = text.LastIndexOfAny(['R', 'W']);
        return $"{text[..cut]}:{text[cut..]}".ToLowerInvariant();
    }
}
