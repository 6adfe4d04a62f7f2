namespace ViCo.Grains.Storage;

/// <summary>The store does not take or give anything just now. What was asked may have been done.</summary>
[GenerateSerializer, Alias("vico.storage-trouble")]
public sealed class StorageTroubleException(string message, bool isFull, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>It has no room left; else it does not answer.</summary>
    [Id(0)] public bool IsFull { get; private set; } = isFull;
}
