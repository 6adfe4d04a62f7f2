using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

internal sealed record KeyList(IReadOnlyList<KeyView> Keys);
