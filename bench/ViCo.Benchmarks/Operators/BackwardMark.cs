
namespace ViCo.Benchmarks.Operators;

/// <summary>Passes a tensor on unchanged, and says so when its gradient comes back.</summary>
internal sealed class BackwardMark : autograd.SingleTensorFunction<BackwardMark>
{
    private const string Reached = "reached";

    public override string Name => nameof(BackwardMark);

    /// <param name="tensor">Anything; a tensor without gradient is returned as an alias and never reported.</param>
    public static Tensor On(Tensor tensor, Action reached) => tensor.requires_grad && is_grad_enabled() ? apply(tensor, reached)
        : tensor.alias();

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Reached, vars[1]);
        return ((Tensor)vars[0]).alias();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        ((Action)ctx.get_data(Reached))();
        return [grad_output.alias(), null!];
    }
}
