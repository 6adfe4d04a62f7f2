namespace ViCo.Grains.Storage;

/// <summary>
/// Where blobs and grain state lie: section <c>ViCo:Storage</c>. Exactly one of <see cref="Folder"/> and <see cref="AzureConnection"/>.
/// </summary>
public sealed class StorageOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Storage";

    /// <summary>A local folder, made where it is missing. For one machine.</summary>
    public string? Folder { get; set; }

    /// <summary>
    /// Takes a <see cref="Folder"/> and a file of the installation's secret that others can open as they are: for mounted volumes whose
    /// rights mean something else. Default: the folder is closed to others, or refused where that cannot be done; the file is refused.
    /// </summary>
    public bool OthersAllowed { get; set; }

    /// <summary>Connection string of an Azure storage account or Azurite.</summary>
    public string? AzureConnection { get; set; }

    /// <summary>The container, made where it is missing; 3 to 63 characters of a-z, 0-9 and '-'. Default <c>vico</c>.</summary>
    public string Container { get; set; } = "vico";
}
