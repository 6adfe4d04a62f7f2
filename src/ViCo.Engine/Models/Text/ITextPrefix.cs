namespace ViCo.Engine.Models.Text;

/// <summary>
/// Learned rows in front of the keys and values of text layers, which every token of a text may attend
/// to. Li and Liang 2021 (arXiv:2101.00190).
/// </summary>
internal interface ITextPrefix
{
    /// <summary>The rows of a layer [n, D] before they are split into heads, or null where the layer has none.</summary>
    (Tensor Keys, Tensor Values)? At(int layer);

    /// <summary>Added to the logits of these rows; 0: they weigh as any other.</summary>
    double LogitBias => 0;
}
