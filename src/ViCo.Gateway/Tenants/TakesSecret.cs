namespace ViCo.Gateway.Tenants;

/// <summary>A route that takes a token in its address, by the name of the query parameter.</summary>
internal sealed record TakesSecret(string Name);
