namespace ViCo.Grains.Tenants;

/// <summary>A key to be registered.</summary>
/// <param name="SecretHash">SHA-256 of its secret, lower-case hex.</param>
/// <param name="Scopes">Null: all of the role's.</param>
[GenerateSerializer, Immutable, Alias("vico.new-key")]
public sealed record NewKey(
    [property: Id(0)] string Id, [property: Id(1)] string SecretHash, [property: Id(2)] KeyRole Role, [property: Id(3)] string? Name = null,
    [property: Id(4)] IReadOnlyList<string>? Scopes = null, [property: Id(5)] DateTimeOffset? Expires = null);
