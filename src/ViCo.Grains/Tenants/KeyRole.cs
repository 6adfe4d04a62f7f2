namespace ViCo.Grains.Tenants;

/// <summary>What a key is for. An operator may all that an admin may, an admin what a user, a user what a reader.</summary>
public enum KeyRole
{
    /// <summary>Concepts, pictures and jobs of its own tenant.</summary>
    User = 0,

    /// <summary>Also its tenant's keys, webhooks, settings and usage.</summary>
    Admin = 1,

    /// <summary>Sees concepts, pictures and jobs of its own tenant, and changes nothing.</summary>
    Reader = 2,

    /// <summary>
    /// Also the installation: tenants, silos, the queue. Of another tenant than its own it sees no concept and no picture.
    /// </summary>
    Operator = 3,
}
