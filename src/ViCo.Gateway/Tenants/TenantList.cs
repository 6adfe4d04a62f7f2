using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <param name="Next">Cursor of the next page; null: there is no more.</param>
internal sealed record TenantList(IReadOnlyList<TenantView> Tenants, string? Next);
