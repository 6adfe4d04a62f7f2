using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

internal sealed record SessionList(IReadOnlyList<SessionView> Sessions);
