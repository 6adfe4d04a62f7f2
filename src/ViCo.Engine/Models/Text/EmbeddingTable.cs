namespace ViCo.Engine.Models.Text;

/// <summary>A table of embeddings, looked up by id.</summary>
internal sealed class EmbeddingTable : Module<Tensor, Tensor>
{
    private Parameter weight;

    public EmbeddingTable(long count, long width, Device? device = null)
        : base(nameof(EmbeddingTable))
    {
        weight = (Parameter)Parameter(NewTensor.Zeros([count, width], ScalarType.Float32, device ?? CPU)).DetachFromDisposeScope();
        RegisterComponents();
    }

    public Device Device => weight.device;

    /// <summary>Takes other numbers, made from the present ones' shape.</summary>
    public void Replace(Func<Tensor, Parameter> numbers)
    {
        var replacement = (Parameter)numbers(weight).DetachFromDisposeScope();
        weight.Dispose();
        weight = replacement;
        ConditionallyRegisterParameter(nameof(weight), weight);
    }

    public override Tensor forward(Tensor ids) => Rows(weight, ids);

    /// <summary>The first rows [n, D], a view.</summary>
    public Tensor First(long count) => weight.narrow(0, 0, count);

    /// <summary>ids of any shape → shape + [D].</summary>
    public static Tensor Rows(Tensor table, Tensor ids)
    {
        using var scope = NewDisposeScope();
        return table.index_select(0, ids.flatten()).view([.. ids.shape, table.shape[^1]]).MoveToOuterDisposeScope();
    }
}
