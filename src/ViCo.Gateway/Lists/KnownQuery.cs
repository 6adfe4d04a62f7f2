namespace ViCo.Gateway.Lists;

/// <summary>The query parameters that a route takes.</summary>
internal sealed record KnownQuery(IReadOnlyList<string> Names);
