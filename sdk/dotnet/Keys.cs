namespace ViCo.Client;

/// <summary>A key of a tenant as lists show it.</summary>
/// <param name="Prefix">What the key begins with, up to its secret.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it may do: <c>reader</c>, <c>user</c>, <c>admin</c> or <c>operator</c>.</param>
/// <param name="Scopes">Of what the role may do, only these; null: all of it.</param>
/// <param name="LastUsed">To the hour; null: not known.</param>
/// <param name="Revoked">Since when it opens nothing.</param>
public sealed record Key(
    string Id, string Prefix, string? Name, string Role, IReadOnlyList<string>? Scopes, DateTimeOffset? Created, DateTimeOffset? Expires,
    DateTimeOffset? LastUsed, DateTimeOffset? Revoked);

/// <summary>A key to make; it may do no more than the one that makes it.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it may do; null: what a <c>user</c> may.</param>
/// <param name="Scopes">Of what the role may do, only these, such as <c>images:write</c>; null: all of it.</param>
/// <param name="Expires">When it ends by itself; null: never.</param>
public sealed record NewKey(
    string? Name = null, string? Role = null, IReadOnlyList<string>? Scopes = null, DateTimeOffset? Expires = null);

/// <summary>A key that was just made.</summary>
/// <param name="Secret">The whole key; nothing shows it again.</param>
/// <param name="Prefix">What it begins with, by which lists show it.</param>
public sealed record CreatedKey(
    string Id, [property: System.Text.Json.Serialization.JsonPropertyName("key")] string Secret, string Prefix, DateTimeOffset? Expires)
{
    /// <summary>Never the key: records print their members, and keys must not reach a log.</summary>
    public override string ToString() => Prefix;
}

/// <summary>A tenant of an installation.</summary>
/// <param name="Created">Null: it is older than the record of it.</param>
/// <param name="Suspended">Its calls are refused and its jobs wait; what it stored stays.</param>
/// <param name="Weight">Its share of the devices beside other tenants'.</param>
public sealed record Tenant(string Id, string Name, DateTimeOffset? Created, bool Suspended, double Weight);

/// <summary>A tenant that was just made.</summary>
/// <param name="Secret">Its first admin key; nothing shows it again.</param>
/// <param name="KeyId">That key's id.</param>
public sealed record CreatedTenant(
    string Id, string Name, [property: System.Text.Json.Serialization.JsonPropertyName("key")] string Secret, string KeyId)
{
    /// <summary>Never the key: records print their members, and keys must not reach a log.</summary>
    public override string ToString() => Id;
}

/// <summary>What is to be changed of a tenant; what is null stays.</summary>
public sealed record TenantTerms(string? Name = null, bool? Suspended = null, double? Weight = null);

internal sealed record NewTenant(string Id, string? Name);

internal sealed record Rotation(int? Overlap);

internal sealed record KeyPage(IReadOnlyList<Key> Keys);

internal sealed record TenantPage(IReadOnlyList<Tenant> Tenants, string? Next);
