namespace ViCo.Grains.Tenants;

/// <summary>
/// The scope that a route, a hub's method, a tool or a grain's method wants of its caller. With several, one of them does.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class NeedsAttribute(Grants grants) : Attribute
{
    /// <summary>One of these; <see cref="Tenants.Grants.None"/>: the platform alone.</summary>
    public Grants Grants => grants;

    /// <summary>Whether somebody with these grants may call it.</summary>
    public bool IsMetBy(Grants given) => (grants & given) != 0;
}
