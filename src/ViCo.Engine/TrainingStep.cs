namespace ViCo.Engine;

/// <summary>One optimizer step of a training.</summary>
/// <param name="Step">1-based.</param>
/// <param name="Loss">The sum of all <paramref name="Terms"/>, each times its weight.</param>
/// <param name="Terms">What the method's loss is made of.</param>
/// <param name="Seconds">Wall time of this step.</param>
public sealed record TrainingStep(int Step, int Steps, double Loss, IReadOnlyList<LossPart> Terms, double Seconds)
{
    /// <summary>Value of a term before its weight; null where the method's loss has none of that name.</summary>
    public double? Term(string name) => Terms.FirstOrDefault(t => t.Name == name)?.Value;
}
