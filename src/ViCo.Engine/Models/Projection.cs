namespace ViCo.Engine.Models;

/// <summary>A linear layer of a frozen network in which guests of a pass can take part. y = x Wᵀ + b.</summary>
/// <remarks>
/// [B, N, in] → [B, N, out]; state-dict keys are those of a linear layer. It computes in its input's type: weights of another are rounded
/// to it for this one use. It starts at zero, not at random: every network gets its numbers from a file, image blocks theirs from a seed.
/// </remarks>
internal sealed class Projection : Module<Tensor, Tensor>
{
    private Parameter weight;
    private Parameter? bias;

    public Projection(long inFeatures, long outFeatures, bool hasBias = true, Device? device = null)
        : base(nameof(Projection))
    {
        weight = Zeros(outFeatures, inFeatures);
        if (hasBias) bias = Zeros(outFeatures);
        RegisterComponents();

        Parameter Zeros(params long[] shape) => (Parameter)Parameter(NewTensor.Zeros(shape, ScalarType.Float32, device ?? CPU))
            .DetachFromDisposeScope();
    }

    /// <summary>W [out, in].</summary>
    public Parameter Weight => weight;

    /// <summary>b [out], or null.</summary>
    public Parameter? Bias => bias;

    public override Tensor forward(Tensor input)
    {
        if (weight.dtype == input.dtype) return F.linear(input, weight, bias);
        using var scope = NewDisposeScope();
        return F.linear(input, weight.As(input.dtype), bias?.As(input.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, with the guests that a pass has here.</summary>
    /// <param name="axis">What the rows of <paramref name="input"/> are.</param>
    public Tensor Project(Tensor input, Adaptation? pass, BatchAxis axis = BatchAxis.Samples) =>
        pass?.GuestsAt(this) is { } guests ? guests.Run(call, input, axis) : call(input);

    /// <summary>Takes other numbers, made from the present ones' names and shapes.</summary>
    public void Replace(Func<string, Tensor, Parameter> numbers)
    {
        weight = Taken(nameof(weight), weight);
        if (bias is not null) bias = Taken(nameof(bias), bias);

        Parameter Taken(string name, Parameter old)
        {
            var taken = (Parameter)numbers(name, old).DetachFromDisposeScope();
            old.Dispose();
            ConditionallyRegisterParameter(name, taken);
            return taken;
        }
    }
}
