namespace ViCo.Engine.Training;

/// <summary>Adam with decoupled weight decay. Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2, in torch's order of operations.</summary>
/// <remarks>Our own because its state must leave and enter a resume point bit by bit: both moments and the number of updates, per tensor.</remarks>
internal sealed class AdamW : IDisposable
{
    public const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly List<Slot> _slots;
    private readonly double _weightDecay;

    public AdamW(IReadOnlyList<ParameterGroup> groups, double weightDecay)
    {
        _weightDecay = weightDecay;
        _slots = [.. groups.SelectMany(g => g.Tensors.Select(t => new Slot(
            t.Name, t.Parameter, g.LearningRate, zeros_like(t.Parameter).DetachFromDisposeScope(), zeros_like(t.Parameter).DetachFromDisposeScope())))];
        foreach (var slot in _slots)
        {
            slot.Mean.requires_grad = false;
            slot.Square.requires_grad = false;
        }
    }

    /// <summary>Steps done so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Updates of each tensor so far, in the order of the groups: fewer than <see cref="Steps"/> where steps had no gradient for it.</summary>
    public IReadOnlyList<int> Updates => [.. _slots.Select(s => s.Updates)];

    /// <summary>One update from the gradients at hand. A tensor without gradient is left alone, and its bias correction with it.</summary>
    public void Step()
    {
        using var noGrad = no_grad();
        Steps++;
        // Scalars by name, so that each outlives the operations that read it (TensorArithmetic).
        using Scalar beta1 = Beta1.ToScalar(), rest1 = (1 - Beta1).ToScalar(), beta2 = Beta2.ToScalar(), rest2 = (1 - Beta2).ToScalar();
        using Scalar one = 1.0.ToScalar(), epsilon = Epsilon.ToScalar();
        foreach (var slot in _slots)
        {
            using var scope = NewDisposeScope();
            var (_, parameter, rate, mean, square) = slot;
            if (parameter.grad is not { } gradient) continue;
            slot.Updates++;
            double correction1 = 1 - Math.Pow(Beta1, slot.Updates), correction2 = Math.Sqrt(1 - Math.Pow(Beta2, slot.Updates));
            using Scalar decay = (1 - rate * _weightDecay).ToScalar(), step = (-rate / correction1).ToScalar(), root = correction2.ToScalar();
            parameter.mul_(decay);
            mean.mul_(beta1).add_(gradient, rest1);
            square.mul_(beta2).addcmul_(gradient, gradient, rest2);
            var denominator = square.sqrt().div_(root).add_(epsilon, one);
            parameter.addcdiv_(mean, denominator, step);
        }
    }

    /// <summary>Forgets gradients.</summary>
    public void ZeroGrad()
    {
        foreach (var slot in _slots)
        {
            using var gradient = slot.Parameter.grad;
            if (gradient is not null) slot.Parameter.grad = null;
        }
    }

    /// <summary>The moments under <c>mean/NAME</c> and <c>square/NAME</c>; the tensors stay the optimizer's.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() =>
        _slots.SelectMany(s => new[] { KeyValuePair.Create($"mean/{s.Name}", s.Mean), KeyValuePair.Create($"square/{s.Name}", s.Square) });

    /// <summary>Takes up where another optimizer stood after <paramref name="steps"/> steps.</summary>
    /// <param name="updates">Its <see cref="Updates"/>.</param>
    /// <exception cref="ArgumentException">They are not one per tensor.</exception>
    public void Restore(int steps, IReadOnlyList<int> updates, Func<string, Tensor> state)
    {
        if (updates.Count != _slots.Count) throw new ArgumentException($"{updates.Count} numbers of updates; wanted {_slots.Count}, one per tensor.", nameof(updates));
        using var noGrad = no_grad();
        foreach (var (slot, count) in _slots.Zip(updates))
        {
            using var scope = NewDisposeScope();
            slot.Updates = count;
            slot.Mean.copy_(state($"mean/{slot.Name}"));
            slot.Square.copy_(state($"square/{slot.Name}"));
        }
        Steps = steps;
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
        }
    }

    private sealed record Slot(string Name, Parameter Parameter, double Rate, Tensor Mean, Tensor Square)
    {
        public int Updates { get; set; }
    }
}
