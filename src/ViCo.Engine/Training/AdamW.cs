using ViCo.Engine.Methods;

namespace ViCo.Engine.Training;

/// <summary>
/// Adam with decoupled weight decay. Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2, in torch's order of operations.
/// </summary>
/// <remarks>
/// Our own because its state must leave and enter a resume point bit by bit: both moments and the number of updates, per tensor. A group
/// whose tensors all have gradients in every step takes about 10 operations a step, however many tensors it has; its parameters and their
/// gradients become views of one vector each, which the parameters keep alive.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    public const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly List<IMoved> _moved;
    private readonly double _weightDecay;

    /// <exception cref="ArgumentException">A group that moves as one vector has tensors of several number types or devices.</exception>
    public AdamW(IReadOnlyList<ParameterGroup> groups, double weightDecay)
    {
        _weightDecay = weightDecay;
        using var noGrad = no_grad();
        _moved = [.. groups.SelectMany(Moved)];

        static IEnumerable<IMoved> Moved(ParameterGroup group) => group.EveryStep && group.Tensors.Count > 1
            ? [new Together(group)]
            : group.Tensors.Select(t => new Alone(t.Name, t.Parameter, group.LearningRate));
    }

    /// <summary>Gradients that come to more than this all together are scaled down to it before a step; null: they stay.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Steps done so far.</summary>
    public int Steps { get; private set; }

    /// <summary>
    /// Updates of each tensor so far, in the order of the groups: fewer than <see cref="Steps"/> where steps had no gradient for it.
    /// </summary>
    public IReadOnlyList<int> Updates => [.. _moved.SelectMany(m => Enumerable.Repeat(m.Updates, m.States.Count))];

    /// <summary>One update from the gradients at hand. A tensor without gradient is left alone, and its bias correction with it.</summary>
    /// <exception cref="InvalidOperationException">A tensor has no gradient in the first step, though its group
    /// says that every step has one.</exception>
    public void Step()
    {
        using var noGrad = no_grad();
        if (ClipNorm is { } most) Clip(most);
        Steps++;
        // Scalars by name, so that each outlives the operations that read it (TensorArithmetic).
        using Scalar beta1 = Beta1.ToScalar(), rest1 = (1 - Beta1).ToScalar(), beta2 = Beta2.ToScalar(), rest2 = (1 - Beta2).ToScalar();
        using Scalar one = 1.0.ToScalar(), epsilon = Epsilon.ToScalar();
        foreach (var moved in _moved)
        {
            using var scope = NewDisposeScope();
            if (moved.Gradient() is not { } gradient) continue;
            var updates = ++moved.Updates;
            double correction1 = 1 - Math.Pow(Beta1, updates), correction2 = Math.Sqrt(1 - Math.Pow(Beta2, updates));
            using Scalar decay = (1 - moved.Rate * _weightDecay).ToScalar(), step = (-moved.Rate / correction1).ToScalar(),
            root = correction2.ToScalar();
            moved.Values.mul_(decay);
            moved.Mean.mul_(beta1).add_(gradient, rest1);
            moved.Square.mul_(beta2).addcmul_(gradient, gradient, rest2);
            var denominator = moved.Square.sqrt().div_(root).add_(epsilon, one);
            moved.Values.addcdiv_(moved.Mean, denominator, step);
        }
    }

    /// <summary>Forgets gradients.</summary>
    public void ZeroGrad()
    {
        using var noGrad = no_grad();
        foreach (var moved in _moved) moved.ZeroGrad();
    }

    /// <summary>The moments under <c>mean/NAME</c> and <c>square/NAME</c>; the tensors stay the optimizer's.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => _moved.SelectMany(m => m.States).SelectMany(
        s => new[] { KeyValuePair.Create($"mean/{s.Name}", s.Mean), KeyValuePair.Create($"square/{s.Name}", s.Square) });

    /// <summary>Takes up where another optimizer stood after <paramref name="steps"/> steps.</summary>
    /// <param name="updates">Its <see cref="Updates"/>.</param>
    /// <exception cref="ArgumentException">They are not one per tensor, or differ among tensors that move as one vector.</exception>
    public void Restore(int steps, IReadOnlyList<int> updates, Func<string, Tensor> state)
    {
        var tensors = _moved.Sum(m => m.States.Count);
        if (updates.Count != tensors) throw new ArgumentException($"{updates.Count} numbers of updates; wanted {tensors}, one per tensor.",
            nameof(updates));
        using var noGrad = no_grad();
        var next = 0;
        foreach (var moved in _moved)
        {
            int[] own = [.. updates.Skip(next).Take(moved.States.Count)];
            if (own.Distinct().Count() > 1)
            {
                throw new ArgumentException(
                    $"'{moved.States[0].Name}' and the tensors that move with it have {string.Join(", ", own.Distinct())} updates; "
                        + $"wanted one number for all.",
                    nameof(updates));
            }
            moved.Updates = own[0];
            foreach (var (name, mean, square) in moved.States)
            {
                using var scope = NewDisposeScope();
                mean.copy_(state($"mean/{name}"));
                square.copy_(state($"square/{name}"));
            }
            next += own.Length;
        }
        Steps = steps;
    }

    public void Dispose() => _moved.ForEach(m => m.Dispose());

    /// <summary>In place, and without asking the device for the length.</summary>
    private void Clip(double most)
    {
        using var scope = NewDisposeScope();
        var gradients = _moved.Select(m => m.Gradient()).OfType<Tensor>().ToList();
        if (gradients.Count == 0) return;
        var length = stack([.. gradients.Select(g => g.square().sum())]).sum().sqrt();
        var factor = length.Plus(1e-6).reciprocal().Times(most).AtMost(1.0);
        foreach (var gradient in gradients) gradient.mul_(factor);
    }

    /// <summary>What one round of operations moves: a tensor, or several side by side.</summary>
    private interface IMoved : IDisposable
    {
        double Rate { get; }

        int Updates { get; set; }

        Tensor Values { get; }

        Tensor Mean { get; }

        Tensor Square { get; }

        /// <summary>The moments of each tensor.</summary>
        IReadOnlyList<(string Name, Tensor Mean, Tensor Square)> States { get; }

        /// <summary>Null where there is none. In the current scope, or kept.</summary>
        Tensor? Gradient();

        void ZeroGrad();
    }

    private sealed class Alone(string name, Parameter parameter, double rate) : IMoved
    {
        public double Rate => rate;

        public int Updates { get; set; }

        public Tensor Values => parameter;

        public Tensor Mean { get; } = zeros_like(parameter).with_requires_grad(false).DetachFromDisposeScope();

        public Tensor Square { get; } = zeros_like(parameter).with_requires_grad(false).DetachFromDisposeScope();

        public IReadOnlyList<(string Name, Tensor Mean, Tensor Square)> States => [(name, Mean, Square)];

        public Tensor? Gradient() => parameter.grad;

        public void ZeroGrad()
        {
            using var gradient = parameter.grad;
            if (gradient is not null) parameter.grad = null;
        }

        public void Dispose()
        {
            Mean.Dispose();
            Square.Dispose();
        }
    }

    private sealed class Together : IMoved
    {
        private readonly IReadOnlyList<(string Name, Parameter Parameter)> _tensors;
        private Tensor? _gradient;

        /// <summary>Moves the parameters' numbers into one vector; they become views of it.</summary>
        public Together(ParameterGroup group)
        {
            using var scope = NewDisposeScope();
            (_tensors, Rate) = (group.Tensors, group.LearningRate);
            var first = _tensors[0].Parameter;
            if (_tensors.FirstOrDefault(t => t.Parameter.dtype != first.dtype
                || t.Parameter.device.ToString() != first.device.ToString()) is { Name: { } other })
                throw new ArgumentException(
                    $"'{_tensors[0].Name}' and '{other}' differ in number type or device; tensors that move together have one of each.");
            var (count, kind, device) = (_tensors.Sum(t => t.Parameter.numel()), first.dtype, first.device);
            Values = Kept(NewTensor.Empty([count], kind, device));
            foreach (var ((_, parameter), view) in _tensors.Zip(Views(Values)))
            {
                view.copy_(parameter);
                parameter.set_(view);
            }
            (Mean, Square) = (Kept(NewTensor.Zeros([count], kind, device)), Kept(NewTensor.Zeros([count], kind, device)));
            States = [.. _tensors.Select(t => t.Name).Zip(Views(Mean).Select(Kept), Views(Square).Select(Kept))];

            static Tensor Kept(Tensor tensor) => tensor.DetachFromDisposeScope();
        }

        public double Rate { get; }

        public int Updates { get; set; }

        public Tensor Values { get; }

        public Tensor Mean { get; }

        public Tensor Square { get; }

        public IReadOnlyList<(string Name, Tensor Mean, Tensor Square)> States { get; }

        public Tensor? Gradient() => _gradient ??= Gathered();

        public void ZeroGrad() => _gradient?.zero_();

        public void Dispose()
        {
            Values.Dispose();
            Mean.Dispose();
            Square.Dispose();
            _gradient?.Dispose();
            foreach (var (_, mean, square) in States)
            {
                mean.Dispose();
                square.Dispose();
            }
        }

        /// <summary>The first step's gradients in one vector; autograd adds all later ones to it in place.</summary>
        private Tensor Gathered()
        {
            var gathered = empty_like(Values);
            foreach (var ((name, parameter), view) in _tensors.Zip(Views(gathered)))
            {
                var own = parameter.grad
                    ?? throw new InvalidOperationException(
                        $"'{name}' has no gradient in the first step, but its group says that every step has one for each tensor.");
                view.copy_(own);
                parameter.grad = view;
            }
            return gathered.DetachFromDisposeScope();
        }

        /// <summary>Every tensor's part of a vector, in its shape.</summary>
        private IEnumerable<Tensor> Views(Tensor vector)
        {
            var start = 0L;
            foreach (var (_, parameter) in _tensors)
            {
                yield return vector.narrow(0, start, parameter.numel()).view(parameter.shape);
                start += parameter.numel();
            }
        }
    }
}
