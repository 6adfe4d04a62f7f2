namespace ViCo.Engine.Models.UNet;

/// <summary>What tokens attend to: other tokens, perhaps masked, perhaps shared by several samples.</summary>
/// <param name="Tokens">[P, M, D]: one row per distinct context.</param>
/// <param name="Rows">[B] int64: the context row of each sample; null when sample i has row i.</param>
/// <param name="KeyBias">[P, 1, 1, M], added to the logits: 0 where a key counts, the most negative float where it does not.</param>
/// <param name="ValueWeights">[P, 1, M, 1], multiplied into the values after the softmax has weighed all keys.</param>
/// <remarks>Whoever makes it disposes the tensors; it only refers to them.</remarks>
internal sealed record AttentionContext(Tensor Tokens, Tensor? Rows = null, Tensor? KeyBias = null, Tensor? ValueWeights = null)
{
    /// <summary>What the rows of <see cref="Tokens"/> are: a sample's own, or texts that samples share.</summary>
    public BatchAxis Axis => Rows is null ? BatchAxis.Samples : BatchAxis.Prompts;

    /// <summary>One row per sample from one row per context; a view where nothing is to repeat.</summary>
    public Tensor Spread(Tensor perContext) => Rows is null ? perContext : perContext.index_select(0, Rows);

    /// <summary>The contexts of the first samples alone, as views.</summary>
    public AttentionContext First(long samples) => Rows is not null
        ? this with { Rows = Rows.narrow(0, 0, samples) }
        : new(Tokens.narrow(0, 0, samples), null, KeyBias?.narrow(0, 0, samples), ValueWeights?.narrow(0, 0, samples));
}
