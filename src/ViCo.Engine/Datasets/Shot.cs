using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>One sample of a batch.</summary>
/// <param name="Prompt">Its caption.</param>
internal sealed record Shot(TokenizedPrompt Prompt)
{
    /// <summary>Whether it shows the class and not the object: prior preservation learns from those as well.</summary>
    public bool IsPrior { get; init; }
}
