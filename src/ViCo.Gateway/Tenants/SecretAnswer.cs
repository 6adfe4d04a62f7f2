namespace ViCo.Gateway.Tenants;

/// <summary>An answer that is told once and kept nowhere, not even for a repeat with the same Idempotency-Key.</summary>
internal sealed record SecretAnswer;
