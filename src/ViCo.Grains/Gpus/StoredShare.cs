namespace ViCo.Grains.Gpus;

/// <param name="Seconds">GPU-seconds, decayed.</param>
/// <param name="Users">Of them each end user's; the tenant's own under the empty name.</param>
internal sealed record StoredShare(string Tenant, double Seconds, double Weight, IReadOnlyDictionary<string, double> Users);
