using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <param name="ApiKey">The installation's own key in clear.</param>
/// <param name="KeyFile">Where it is kept.</param>
/// <param name="LoginPath">Path of a link that logs one browser in, once, such as <c>/login/…</c>; append it to the host's
/// address.</param>
public sealed record AdminAccess(string ApiKey, string KeyFile, string LoginPath)
{
    /// <summary>Never the key: records print their members, and keys must not reach a log.</summary>
    public override string ToString() => $"admin key in {KeyFile}";
}
