namespace ViCo.Grains.Tenants;

/// <summary>What a key may do.</summary>
public enum KeyRole
{
    /// <summary>Concepts, pictures and jobs of its own tenant.</summary>
    User = 0,

    /// <summary>Also silos, tenants, queue and audit.</summary>
    Admin = 1,
}
