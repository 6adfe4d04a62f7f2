namespace ViCo.Gateway.Tenants;

/// <summary>One of job, concept and user.</summary>
/// <param name="Job">Id of the job whose events it shows.</param>
/// <param name="Concept">Id of the concept whose jobs' events it shows.</param>
/// <param name="User">The end user whose jobs' events it shows.</param>
/// <param name="Ttl">Seconds that it holds: 10 to 86400; default 3600.</param>
internal sealed record CreateToken(string? Job = null, string? Concept = null, string? User = null, int? Ttl = null);
