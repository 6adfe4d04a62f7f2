namespace ViCo.Engine.Models;

/// <summary>Two ways to count the rows of a batch.</summary>
internal enum BatchAxis
{
    /// <summary>A row for each latent of the U-Net's batch.</summary>
    Samples,

    /// <summary>A row for each text: those of the text tower's batch, to which several samples may attend.</summary>
    Prompts,
}
