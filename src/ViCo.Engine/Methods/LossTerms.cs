namespace ViCo.Engine.Methods;

/// <summary>What a loss is made of: named terms, each with its weight.</summary>
internal sealed class LossTerms(params IReadOnlyList<WeightedTerm> terms) : IReadOnlyCollection<WeightedTerm>
{
    /// <summary>Name of the mean squared error of the noise.</summary>
    public const string Noise = "noise";

    public int Count => terms.Count;

    /// <summary>What is minimised, Σ weight · value: scalar, in the current scope.</summary>
    public Tensor Total() => terms.Select(t => t.Weight == 1 ? t.Value.alias() : t.Value.Times(t.Weight)).Aggregate((a, b) => a.Plus(b));

    public LossTerms MoveToOuterDisposeScope()
    {
        foreach (var term in terms) term.Value.MoveToOuterDisposeScope();
        return this;
    }

    public IEnumerator<WeightedTerm> GetEnumerator() => terms.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
