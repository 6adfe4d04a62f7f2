using ViCo.Engine.Models;

namespace ViCo.Engine.Diffusion;

/// <summary>How the pictures of one or several drawings, each with its own terms of guidance, lie in the batch of one pass.</summary>
/// <remarks>
/// Rows without a reference image come first, then those with one: term by term, within a term drawing by drawing, within a drawing picture
/// by picture. A drawing alone has the rows that it has among others, in the same order.
/// </remarks>
internal sealed class GuidanceBatch
{
    private readonly IReadOnlyList<(int Pictures, IReadOnlyList<GuidanceTerm> Terms)> _drawings;
    private readonly List<(int Drawing, int Term, int First)> _runs = [];
    private readonly int[] _firstPicture;

    /// <param name="drawings">Of each its number of pictures and its terms.</param>
    public GuidanceBatch(IReadOnlyList<(int Pictures, IReadOnlyList<GuidanceTerm> Terms)> drawings)
    {
        _drawings = drawings;
        _firstPicture = new int[drawings.Count];
        for (var k = 1; k < drawings.Count; k++) _firstPicture[k] = _firstPicture[k - 1] + drawings[k - 1].Pictures;
        var terms = drawings.SelectMany((d, k) => d.Terms.Select((term, t) => (Drawing: k, Term: t, term.Image)));
        foreach (var (drawing, term, _) in terms.OrderBy(t => t.Image).ThenBy(t => t.Term).ThenBy(t => t.Drawing))
        {
            _runs.Add((drawing, term, Count));
            Count += drawings[drawing].Pictures;
        }
    }

    /// <summary>Rows of the batch.</summary>
    public int Count { get; }

    /// <summary>Per row the drawing, and whether it has the drawing's prompt rather than its negative one.</summary>
    public IEnumerable<(int Drawing, int Picture, bool Prompt)> Texts =>
        _runs.SelectMany(run => Enumerable.Range(0, _drawings[run.Drawing].Pictures)
        .Select(picture => (run.Drawing, picture, _drawings[run.Drawing].Terms[run.Term].Text)));

    /// <summary>A drawing's rows; only those with its reference image, if so chosen.</summary>
    public Rows Of(int drawing, bool withImage = false) => Rows.Of(_runs
        .Where(run => run.Drawing == drawing && (!withImage || _drawings[drawing].Terms[run.Term].Image))
        .SelectMany(run => Enumerable.Range(run.First, _drawings[drawing].Pictures)));

    /// <summary>The batch of all drawings' pictures [pictures, …], drawing by drawing.</summary>
    public Tensor Spread(Tensor pictures) => _runs.Count == 1 ? pictures
        : cat([.. _runs.Select(run => pictures.narrow(0, _firstPicture[run.Drawing], _drawings[run.Drawing].Pictures))]);

    /// <summary>The guided prediction of every picture, drawing by drawing, from the batch's; in the current scope.</summary>
    public Tensor Combine(Tensor predicted)
    {
        var guided = _drawings.Select((drawing, k) =>
        {
            var terms = _runs.Where(run => run.Drawing == k).OrderBy(run => run.Term)
                .Select(run => predicted.narrow(0, run.First, drawing.Pictures)).ToArray();
            var result = terms[0];
            for (var i = 1; i < terms.Length; i++) result = result.Plus((terms[i] - terms[i - 1]).Times(drawing.Terms[i].Scale));
            return result;
        }).ToArray();
        return guided.Length == 1 ? guided[0] : cat(guided);
    }
}
