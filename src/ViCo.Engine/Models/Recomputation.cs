using System.Runtime.ExceptionServices;

namespace ViCo.Engine.Models;

/// <summary>
/// Runs a part of a network without keeping what lies inside it, and runs it again when its gradient is asked for: less memory for one more
/// forward pass. Chen et al. 2016 (arXiv:1604.06174).
/// </summary>
/// <remarks>
/// A part must give the same numbers both times, and read tensors that change or end before the backward pass from its inputs only.
/// </remarks>
internal sealed class Recomputation : autograd.MultiTensorFunction<Recomputation>
{
    private const string Part = "part", Left = "left";

    /// <summary>Of the thread that runs parts first and asks for gradients. A GPU's gradients come on a thread of libtorch's own.</summary>
    [ThreadStatic]
    private static Leftovers? _leftovers;

    /// <inheritdoc/>
    public override string Name => nameof(Recomputation);

    /// <summary>What <paramref name="part"/> makes of its inputs; in the current scope.</summary>
    /// <param name="part">Gets the inputs in order, and must return new tensors.</param>
    public static IReadOnlyList<Tensor> Of(Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> part, params IReadOnlyList<Tensor> inputs)
    {
        if (!is_grad_enabled() || !inputs.Any(i => i.requires_grad)) return part(inputs);
        // TorchSharp makes an empty tensor of each output's size, for gradients that are missing, and keeps the outputs twice.
        using var scope = NewDisposeScope();
        return [.. apply([part, .. inputs]).Select(t => t.MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// Ends a backward pass: throws the exception of a part that was run again. None can pass through libtorch's own code.
    /// </summary>
    public static void ThrowFailure()
    {
        if (_leftovers is not { } left) return;
        left.LetGo();
        var failure = left.Failure;
        left.Failure = null;
        failure?.Throw();
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var part = (Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>)vars[0];
        var inputs = vars.Skip(1).Cast<Tensor>().ToList();
        ctx.save_data(Part, part);
        ctx.save_data(Left, _leftovers ??= new());
        ctx.save_for_backward(inputs);
        ctx.set_materialize_grads(false);
        return [.. part(inputs).Select(t => t.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        // TorchSharp leaves the gradients that go in and out to the scope around the whole backward pass. Those that went out of the part
        // before have arrived by now.
        var left = (Leftovers)ctx.get_data(Left);
        left.LetGo();
        try
        {
            if (left.Failure is null) return left.HandedOver = Gradients(ctx, grad_outputs);
        }
        catch (Exception e)
        {
            left.Failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            grad_outputs.ForEach(gradient => gradient?.Dispose());
        }
        return [null!, .. ctx.get_saved_variables().Select(_ => (Tensor)null!)];
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, List<Tensor> outer)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        Tensor[] inputs = [.. saved.Select(s => s.detach().requires_grad_(s.requires_grad))];
        using (enable_grad())
        {
            var outputs = ((Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>)ctx.get_data(Part))(inputs);
            // An output that nothing was computed from has no gradient.
            var reached = outputs.Zip(outer).Where(o => o.First.requires_grad && o.Second is { IsInvalid: false }).ToArray();
            if (reached.Length > 0) autograd.backward([.. reached.Select(o => o.First)], [.. reached.Select(o => o.Second)]);
        }
        saved.ForEach(s => s.Dispose());
        return [null!, .. inputs.Select(i => i.requires_grad ? i.grad?.MoveToOuterDisposeScope()! : null!)];
    }

    /// <summary>What a backward pass leaves until its end.</summary>
    private sealed class Leftovers
    {
        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>The gradients that went out of the part before.</summary>
        public List<Tensor>? HandedOver { get; set; }

        public void LetGo()
        {
            HandedOver?.ForEach(gradient => gradient?.Dispose());
            HandedOver = null;
        }
    }
}
