namespace ViCo.Hub;

/// <summary>A model to fetch.</summary>
/// <param name="Source"><c>OWNER/NAME</c> of the hub, or the address of a single <c>.safetensors</c> or
/// <c>.ckpt</c> file, which is converted.</param>
public sealed record ModelRequest(string Source)
{
    /// <summary>Branch, tag or commit of the hub; null: <c>main</c>. Not for an address.</summary>
    public string? Revision { get; init; }

    /// <summary>What an address's file must be, lower- or upper-case hex; null: unknown.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Folder to install into; null: by the source.</summary>
    public string? Name { get; init; }

    /// <summary>Configurations and tokenizer of a single file that is not of Stable Diffusion's shape, in diffusers' layout.</summary>
    public string? ConfigFolder { get; init; }
}
