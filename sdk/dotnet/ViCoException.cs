using System.Net;

namespace ViCo.Client;

/// <summary>The server's answer to a request that it could not do; the message is its own words.</summary>
public sealed class ViCoException(HttpStatusCode status, string code, string? field, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>Stable, such as <c>concept_not_found</c>.</summary>
    public string Code { get; } = code;

    /// <summary>The field of the request that is at fault, or null.</summary>
    public string? Field { get; } = field;
}
