namespace ViCo.Gateway.Idempotency;

/// <summary>The command that a request with an <c>Idempotency-Key</c> stands for.</summary>
internal sealed record IdempotentCall(CommandId Id);
