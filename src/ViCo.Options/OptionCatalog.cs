namespace ViCo.Options;

/// <summary>Every option of trainings and drawings.</summary>
/// <remarks>Whatever is made from options takes a catalog, so that one more option in a list needs no other change.</remarks>
/// <param name="Methods">Training methods; the first is the default.</param>
/// <param name="Common">Options that every training has.</param>
/// <param name="Sampling">Options of a drawing.</param>
public sealed record OptionCatalog(IReadOnlyList<MethodOptions> Methods, OptionList Common, OptionList Sampling)
{
    /// <summary>What this program knows.</summary>
    public static OptionCatalog Default { get; } =
        new(
            [
                VisualConditionOption.All, TextualInversionOption.All, CatVersionOption.All, DreamBoothOption.AllOfLora,
                DreamBoothOption.AllOfLoraPrior, CustomDiffusionOption.All, OftOption.All,
                VisualConditionOption.AllWithRotations, DreamBoothOption.AllOfFull, DreamBoothOption.AllOfTextEncoder,
                DreamBoothOption.AllOfPrior,
            ],
            TrainingOption.Common, SamplingOption.All);

    /// <summary>The options of a training whose method is open: the method, those of all trainings, those of any method.</summary>
    public OptionList Training => Methods.Aggregate(WithMethod, (list, method) => list.And(method.Options));

    private OptionList WithMethod => new OptionList(
        [TrainingOption.Method with { Choices = [.. Methods.Select(m => new OptionChoice(m.Name, m.Meaning))] }]).And(Common);

    /// <summary>The options of trainings by one method.</summary>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public OptionList TrainingBy(string method) => WithMethod.And(
        (Methods.FirstOrDefault(m => m.Name == method) ?? throw new ArgumentException(
            $"method is '{method}'; wanted one of: {string.Join(", ", Methods.Select(m => m.Name))}.")).Options);
}
