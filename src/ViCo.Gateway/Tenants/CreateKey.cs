using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <param name="Name">What people call it.</param>
/// <param name="Role">What it is for; at most the caller's own. Default: user.</param>
/// <param name="Scopes">Of what the role may, only these, such as <c>images:write</c>, which brings <c>images:read</c> along.</param>
/// <param name="Expires">When it ends by itself; default: never.</param>
internal sealed record CreateKey(
    string? Name = null, KeyRole? Role = null, IReadOnlyList<string>? Scopes = null, DateTimeOffset? Expires = null);
