using ViCo.Engine.Models;
using ViCo.Text;

namespace ViCo.Engine.Methods.Parts;

/// <summary>Where S★ and the end of text stand in prompts, as weights over the columns of an attention map. Owns its tensors.</summary>
internal sealed class TokenPositions : IDisposable
{
    private TokenPositions(Tensor placeholder, Tensor endOfText)
    {
        Placeholder = placeholder.DetachFromDisposeScope();
        EndOfText = endOfText.DetachFromDisposeScope();
    }

    /// <summary>[P, T], rows of sum 1: the mean over the placeholders of a row.</summary>
    public Tensor Placeholder { get; }

    /// <summary>[P, T], one-hot at the first end-of-text token.</summary>
    public Tensor EndOfText { get; }

    /// <summary>Positions in tokenized prompts; one without placeholder takes its end of text for it, as the official code does.</summary>
    public static TokenPositions Of(IReadOnlyList<TokenizedPrompt> prompts, Device device) => At(
        [.. prompts.Select(p =>
            (p.Placeholders.Count > 0 ? [.. p.Placeholders.Select(c => c.Column)] : new[] { p.EndOfText }, p.EndOfText))],
        prompts[0].Ids.Count, device);

    /// <summary>
    /// Positions in one prompt, read once per reference: each row's placeholders are those of the object that the reference shows.
    /// </summary>
    /// <param name="objects">From 0.</param>
    public static TokenPositions Of(TokenizedPrompt prompt, IReadOnlyList<int> objects, Device device) =>
        Of([.. objects.Select(k => prompt with { Placeholders = [.. prompt.Placeholders.Where(p => p.Index == k)] })], device);

    /// <param name="rows">Per prompt: the placeholders' columns, at least one, and the end of text's.</param>
    /// <param name="length">Tokens per prompt, T.</param>
    public static TokenPositions At(IReadOnlyList<(int[] Placeholders, int EndOfText)> rows, int length, Device device)
    {
        var (placeholder, end) = (0, rows.Count * length);                               // both travel to the device at once
        var weights = new float[2 * rows.Count * length];
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var column in rows[i].Placeholders) weights[placeholder + i * length + column] = 1f / rows[i].Placeholders.Length;
            weights[end + i * length + rows[i].EndOfText] = 1;
        }
        using var scope = NewDisposeScope();
        var both = NewTensor.Of(weights, device).view(2, rows.Count, length);
        return new(both[0], both[1]);
    }

    /// <summary>The weighted columns [P, N] of maps [P, N, T].</summary>
    public static Tensor Columns(Tensor maps, Tensor weights) => bmm(maps, weights.As(maps.dtype).unsqueeze(-1)).squeeze_(-1);

    public void Dispose()
    {
        Placeholder.Dispose();
        EndOfText.Dispose();
    }
}
