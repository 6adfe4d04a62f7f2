using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.Parts;

/// <summary>What turns the input of one layer. Owns its tensors.</summary>
internal sealed class Rotation : ILayerGuest, IDisposable
{
    private readonly long _blocks, _width;
    private readonly int? _terms;
    private Tensor? _frozen;

    public Rotation(NetworkLayer place, RotationShape shape, Device device)
    {
        (Place, _blocks, _width, _terms) = (place, shape.Blocks, place.Weight.shape[1] / shape.Blocks, shape.Terms);
        long[] size = shape.Shared ? [_width, _width] : [_blocks, _width, _width];
        R = NewTensor.Learned(size, device);
    }

    public NetworkLayer Place { get; }

    public Parameter R { get; }

    /// <summary>Rows of the input, each block of them times its Q: the transpose of Qᵀ x.</summary>
    public Tensor Before(Tensor input)
    {
        using var scope = NewDisposeScope();
        var blocks = input.As(R.dtype).reshape(-1, _blocks, _width).transpose(0, 1);
        return bmm(blocks, Turned().expand(_blocks, -1, -1)).transpose(0, 1).reshape(input.shape).As(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Q [blocks or 1, width, width]; in the current scope, or kept where R no longer changes.</summary>
    public Tensor Turned()
    {
        if (R.requires_grad) return Turn();
        return _frozen ??= Turn().DetachFromDisposeScope();

        Tensor Turn() => _terms is { } terms ? Series(R, terms) : Cayley(R);
    }

    /// <summary>Scales every block of R down to the norm ε · width² / √blocks, or ε · width² where all share one.</summary>
    public void Limit(double epsilon)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var most = epsilon * _width * _width / (R.Dimensions == 3 ? Math.Sqrt(_blocks) : 1);
        var norms = R.square().sum([-2, -1], keepdim: true).sqrt();
        R.mul_(norms.reciprocal().Times(most).AtMost(1.0));
    }

    public void Dispose()
    {
        R.Dispose();
        _frozen?.Dispose();
    }

    private static Tensor Cayley(Tensor r)
    {
        using var scope = NewDisposeScope();
        var (skew, one) = (Skew(r), One(r));
        // Both factors are functions of S alone, so their order does not matter.
        return linalg.solve(one.Plus(skew), one - skew).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// I + 2 (S + … + Sⁿ⁻²) + Sⁿ⁻¹, which needs no inverse and comes near a rotation while S is small: (I + S)(I - S)⁻¹,
    /// the other way round than <see cref="Cayley"/> turns. As PEFT does by default, with 5 terms.
    /// </summary>
    private static Tensor Series(Tensor r, int terms)
    {
        using var scope = NewDisposeScope();
        var skew = Skew(r);
        var (sum, power) = (One(r).Plus(skew.Times(2)), skew);
        for (var exponent = 2; exponent < terms; exponent++)
        {
            power = bmm(power, skew);
            sum = sum.Plus(exponent == terms - 1 ? power : power.Times(2));
        }
        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>(R - Rᵀ) / 2 [blocks or 1, width, width].</summary>
    private static Tensor Skew(Tensor r)
    {
        using var scope = NewDisposeScope();
        var blocks = r.Dimensions == 3 ? r : r.unsqueeze(0);
        return (blocks - blocks.transpose(-2, -1)).Over(2).MoveToOuterDisposeScope();
    }

    private static Tensor One(Tensor r) => NewTensor.Ones([r.shape[^1]], r.dtype, r.device).diag();
}
