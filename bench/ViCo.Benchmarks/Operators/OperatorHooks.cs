using ViCo.Engine.Models;

namespace ViCo.Benchmarks.Operators;

/// <summary>
/// While it lives, every convolution, linear layer and norm of some modules reports to a timeline, forwards and backwards.
/// </summary>
/// <remarks>
/// What lies between two layers is told from the one before: after a query, key or value projection comes attention, after a residual
/// block's norm comes SiLU. Backwards likewise from the one after. Without hooks nothing of this runs.
/// </remarks>
internal sealed class OperatorHooks : IDisposable
{
    private readonly OperatorTimeline _timeline;
    private readonly List<Action> _remove = [];
    private long _keys;

    public OperatorHooks(OperatorTimeline timeline, params IEnumerable<Module> roots)
    {
        _timeline = timeline;
        foreach (var root in roots)
        {
            foreach (var (path, module) in root.named_modules())
            {
                OperatorKind? kind = module switch
                {
                    Conv2d _ => OperatorKind.Convolution,
                    Linear _ or Projection _ => OperatorKind.Linear,
                    GroupNorm _ or LayerNorm _ => OperatorKind.Norm,
                    _ => null,
                };
                if (kind is { } known) Hook((Module<Tensor, Tensor>)module, path, known);
            }
        }
    }

    public void Dispose()
    {
        foreach (var remove in _remove) remove();
    }

    private void Hook(Module<Tensor, Tensor> layer, string path, OperatorKind kind)
    {
        var (after, before) = (After(path), Before(path));
        var isKey = EndsWith(path, "to_k", "k_proj");
        var isOutput = EndsWith(path, "to_out.0", "out_proj");
        var pre = layer.register_forward_pre_hook((_, input) =>
        {
            if (isOutput) CountAttention(input);
            var marked = BackwardMark.On(input, () => _timeline.Begin(before));
            _timeline.Begin(kind);
            return marked;
        });
        var post = layer.register_forward_hook((_, input, output) =>
        {
            _timeline.Begin(after);
            if (isKey) _keys = output.shape[1];
            var flop = Flop(layer, output);
            if (flop > 0)
            {
                var passes = 1 + (input.requires_grad ? 1 : 0) + (layer.parameters().Any(p => p.requires_grad) ? 1 : 0);
                _timeline.Count(kind, flop * (is_grad_enabled() ? passes : 1));
            }
            var marked = BackwardMark.On(output, () => _timeline.Begin(kind));
            if (!marked.requires_grad) return marked;
            using (marked) return marked.clone();       // residual blocks add to it in place, which a custom function's view forbids
        });
        _remove.Add(pre.remove);
        _remove.Add(post.remove);
    }

    /// <summary>Two products forwards and four backwards, over [B, N, d] of what they gave.</summary>
    private void CountAttention(Tensor attended) => _timeline.Count(
        OperatorKind.Attention, 4.0 * attended.numel() * _keys * (attended.requires_grad && is_grad_enabled() ? 3 : 1));

    private static double Flop(Module layer, Tensor output) => layer switch
    {
        Conv2d conv => 2.0 * output.numel() * conv.in_channels / conv.groups * conv.kernel_size.Aggregate(1L, (a, b) => a * b),
        Linear linear => 2.0 * output.numel() * linear.in_features,
        Projection projection => 2.0 * output.numel() * projection.Weight.shape[1],
        _ => 0,
    };

    private static OperatorKind After(string path) =>
        EndsWith(path, "to_q", "to_k", "to_v", "q_proj", "k_proj", "v_proj") ? OperatorKind.Attention
        : IsInResidualBlock(path, "norm1", "norm2") || EndsWith(path, "conv_norm_out", "net.0.proj", "fc1", "linear_1")
            ? OperatorKind.Activation
        : OperatorKind.Other;

    private static OperatorKind Before(string path) =>
        EndsWith(path, "to_out.0", "out_proj") ? OperatorKind.Attention
        : IsInResidualBlock(path, "conv1", "conv2") || EndsWith(path, "conv_out", "net.2", "fc2", "linear_2") ? OperatorKind.Activation
        : OperatorKind.Other;

    private static bool IsInResidualBlock(string path, params ReadOnlySpan<string> names) =>
        path.Contains("resnets.", StringComparison.Ordinal) && EndsWith(path, names);

    private static bool EndsWith(string path, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (path == name || path.EndsWith($".{name}", StringComparison.Ordinal)) return true;
        }
        return false;
    }
}
