namespace ViCo.Gateway.Idempotency;

internal sealed record FoundAnswer(string Name, string ETag, StoredAnswer Answer);
