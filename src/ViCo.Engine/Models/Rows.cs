namespace ViCo.Engine.Models;

/// <summary>Some rows of a batch, or all of them: those of one concept where several share a pass.</summary>
internal sealed class Rows
{
    private readonly IReadOnlyList<(long First, long Count)>? _runs;          // ascending, none touching the next; null: all

    private Rows(IReadOnlyList<(long First, long Count)>? runs) => _runs = runs;

    /// <summary>Every row, however many there are.</summary>
    public static Rows All { get; } = new(null);

    /// <summary>Neighbouring rows.</summary>
    public static Rows Range(long first, long count) => new(count == 0 ? [] : [(first, count)]);

    /// <param name="rows">Ascending, each once.</param>
    public static Rows Of(IEnumerable<int> rows)
    {
        var runs = new List<(long First, long Count)>();
        foreach (var row in rows)
        {
            if (runs.Count > 0 && row < runs[^1].First + runs[^1].Count)
                throw new ArgumentException($"Row {row} comes after row {runs[^1].First + runs[^1].Count - 1}; wanted ascending rows.",
                    nameof(rows));
            if (runs.Count > 0 && row == runs[^1].First + runs[^1].Count) runs[^1] = (runs[^1].First, runs[^1].Count + 1);
            else runs.Add((row, 1));
        }
        return new(runs);
    }

    /// <summary>Those of <paramref name="rows"/> that are among these.</summary>
    /// <param name="rows">Ascending, each once.</param>
    public Rows Among(IEnumerable<int> rows) =>
        Of(rows.Where(row => _runs is null || _runs.Any(run => row >= run.First && row < run.First + run.Count)));

    /// <summary>Whether a batch of so many rows holds any of these.</summary>
    public bool AnyIn(long count) => _runs is null ? count > 0 : _runs.Count > 0 && _runs[0].First < count;

    /// <summary>
    /// These rows of a batch; a view where they lie side by side. Rows beyond the batch's end have left it: they are skipped.
    /// </summary>
    public Tensor Pick(Tensor batch)
    {
        if (_runs is null) return batch;
        var pieces = Within(batch.shape[0]).Select(run => batch.narrow(0, run.First, run.Count)).ToArray();
        return pieces.Length == 1 ? pieces[0] : cat(pieces);
    }

    /// <summary>The batch with others in place of these rows.</summary>
    /// <param name="rows">As many as <see cref="Pick"/> finds.</param>
    public Tensor Put(Tensor batch, Tensor rows) => Put(batch, [(this, rows)]);

    /// <summary>The batch with others in place of several sets of rows, none of which is in two of them.</summary>
    public static Tensor Put(Tensor batch, IReadOnlyList<(Rows Rows, Tensor Tensor)> sets)
    {
        if (sets is [{ Rows._runs: null } all]) return all.Tensor;
        var (pieces, at) = (new List<Tensor>(), 0L);
        foreach (var (first, tensor) in sets.SelectMany(set => set.Rows.Cut(batch.shape[0], set.Tensor)).OrderBy(piece => piece.First))
        {
            if (first > at) pieces.Add(batch.narrow(0, at, first - at));
            pieces.Add(tensor);
            at = first + tensor.shape[0];
        }
        if (at < batch.shape[0]) pieces.Add(batch.narrow(0, at, batch.shape[0] - at));
        return pieces.Count == 1 ? pieces[0] : cat([.. pieces]);
    }

    /// <summary>A tensor of these rows, run by run, and where each run begins in the batch.</summary>
    private IEnumerable<(long First, Tensor Tensor)> Cut(long batch, Tensor rows)
    {
        if (_runs is null) yield return (0, rows);
        var taken = 0L;
        foreach (var (first, count) in _runs is null ? [] : Within(batch))
        {
            yield return (first, rows.narrow(0, taken, count));
            taken += count;
        }
    }

    private IEnumerable<(long First, long Count)> Within(long count) =>
        _runs!.Where(run => run.First < count).Select(run => (run.First, Math.Min(run.Count, count - run.First)));
}
