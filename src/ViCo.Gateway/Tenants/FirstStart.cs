namespace ViCo.Gateway.Tenants;

/// <summary>Makes sure that an installation has a tenant with an admin key that its owner can read; registered by <c>AddViCoGateway</c>.</summary>
public sealed class FirstStart
{
    /// <summary>
    /// Registers the admin key of tenant <c>default</c>: the one in <paramref name="keyFile"/>, or a new one, written there so that only
    /// the file's owner can read it. Safe to repeat; call it once the cluster is reachable.
    /// </summary>
    public Task<AdminAccess> EnsureAsync(string keyFile, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException($"'{keyFile}' cannot be written: {GetType().Name} has no store yet.");
}

/// <param name="ApiKey">The admin key in clear.</param>
/// <param name="KeyFile">Where it is kept.</param>
/// <param name="LoginPath">Path of a link that logs one browser in, once, such as <c>/login/…</c>; append it to the host's address.</param>
public sealed record AdminAccess(string ApiKey, string KeyFile, string LoginPath);
