namespace ViCo.Grains.Tenants;

/// <summary>A key as lists show it.</summary>
/// <param name="Prefix">What the key begins with, up to its secret.</param>
/// <param name="Scopes">Null: all of the role's.</param>
/// <param name="LastUsed">To the hour.</param>
/// <param name="Revoked">Since when it is dead.</param>
[GenerateSerializer, Immutable, Alias("vico.key-view")]
public sealed record KeyView(
    [property: Id(0)] string Id, [property: Id(1)] string Prefix, [property: Id(2)] string? Name, [property: Id(3)] KeyRole Role,
    [property: Id(4)] IReadOnlyList<string>? Scopes, [property: Id(5)] DateTimeOffset? Created, [property: Id(6)] DateTimeOffset? Expires,
    [property: Id(7)] DateTimeOffset? LastUsed, [property: Id(8)] DateTimeOffset? Revoked);
