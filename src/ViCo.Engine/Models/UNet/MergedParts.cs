namespace ViCo.Engine.Models.UNet;

/// <summary>Parts of a transformer block that can work on merged tokens.</summary>
[Flags]
internal enum MergedParts
{
    SelfAttention = 1,
    TextAttention = 2,
    FeedForward = 4,
}
