namespace ViCo.Engine.Models.Text;

/// <summary>The embeddings that stand for placeholder ids, for each row of a text batch its own concept's.</summary>
/// <remarks>An id of <c>vocabulary size + k</c> is row k of the embeddings that its own text was given.</remarks>
internal sealed class PlaceholderTable
{
    private readonly List<(Rows Prompts, IReadOnlyList<Tensor> Embeddings)> _entries = [];

    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Gives some texts their embeddings.</summary>
    /// <param name="embeddings">Each [n, D], one after the other.</param>
    public void Add(Rows prompts, params IReadOnlyList<Tensor> embeddings) => _entries.Add((prompts, embeddings));

    /// <summary>Every text's embedding of each of its ids [P, T, D]; what stands at ids of the vocabulary means nothing.</summary>
    /// <param name="ids">[P, T] int64.</param>
    public Tensor Lookup(Tensor ids, long vocabulary)
    {
        using var scope = NewDisposeScope();
        Tensor[] all = [.. _entries.SelectMany(e => e.Embeddings)];
        var index = ids.Minus(vocabulary).AtLeast(0);
        var first = 0L;
        foreach (var (prompts, embeddings) in _entries)
        {
            if (first > 0 && prompts.AnyIn(ids.shape[0])) index = prompts.Put(index, prompts.Pick(index).Plus(first));
            first += embeddings.Sum(e => e.shape[0]);
        }
        var table = all.Length == 1 ? all[0] : cat(all);
        // A GPU adds up the gradients of a looked-up row in any order, but those of a matrix product always in the same order.
        return (table.device_type == DeviceType.CPU ? EmbeddingTable.Rows(table, index) : ByProduct(table, index))
            .MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="EmbeddingTable.Rows"/>: each index times the table, one-hot.</summary>
    internal static Tensor ByProduct(Tensor table, Tensor index)
    {
        using var scope = NewDisposeScope();
        var each = TensorArithmetic.Counting(0, table.shape[0], ScalarType.Int64, table.device);
        return F.linear(index.unsqueeze(-1).eq(each).to(table.dtype), table.t()).MoveToOuterDisposeScope();
    }
}
