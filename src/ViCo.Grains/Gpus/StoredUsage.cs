namespace ViCo.Grains.Gpus;

/// <summary>Who used how much, as of an instant.</summary>
internal sealed record StoredUsage(DateTimeOffset At, IReadOnlyList<StoredShare> Tenants);
