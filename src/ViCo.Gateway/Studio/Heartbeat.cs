namespace ViCo.Gateway.Studio;

/// <param name="Time">The server's clock.</param>
/// <param name="NewestSeq">For each job that this connection follows, the newest durable event known to this gateway.</param>
internal sealed record Heartbeat(DateTimeOffset Time, IReadOnlyDictionary<string, long> NewestSeq);
