namespace ViCo.Gateway.Http;

/// <summary>The limit of <see cref="RateLimits"/> that a route has.</summary>
internal sealed record RateLimited(string Name);
