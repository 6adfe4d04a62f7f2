namespace ViCo.Grains.Storage;

/// <summary>State of any type that may be stored and not read.</summary>
internal interface IMayBeDamaged
{
    /// <summary>Why what is stored does not read; null: it does.</summary>
    DamagedBlobException? Damage { set; }
}
