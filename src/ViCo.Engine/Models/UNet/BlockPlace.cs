namespace ViCo.Engine.Models.UNet;

/// <summary>Where a transformer block sits.</summary>
/// <param name="Id">Number in order of execution.</param>
/// <param name="LdmName">Its module in the original (LDM) U-Net, such as <c>output_blocks.4.1</c>: checkpoints
/// of ViCo name image blocks by it.</param>
/// <param name="Width">Channels d of its tokens.</param>
internal sealed record BlockPlace(int Id, string LdmName, int Width, int Heads);
