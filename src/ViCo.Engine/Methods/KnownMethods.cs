using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>The one list of methods. docs/methods.md says how to add one.</summary>
internal static class KnownMethods
{
    /// <summary>The first is the default of a training.</summary>
    public static IReadOnlyList<IMethod> All { get; } =
    [
        new VisualCondition.VisualConditionMethod(), new TextualInversion.TextualInversionMethod(), new CatVersion.CatVersionMethod(),
        new DreamBoothLora.DreamBoothLoraMethod(),
        new PriorPreservation(new DreamBoothLora.DreamBoothLoraMethod(), DreamBoothOption.AllOfLoraPrior),
        new PriorPreservation(new CustomDiffusion.CustomDiffusionMethod(), CustomDiffusionOption.All),
        new PriorPreservation(new Oft.OftMethod(), OftOption.All), new Oft.VisualConditionWithRotations(),
        new DreamBooth.DreamBoothMethod(DreamBoothOption.AllOfFull, NetworkLayer.OfUNet),
        new DreamBooth.DreamBoothMethod(DreamBoothOption.AllOfTextEncoder, NetworkLayer.OfUNet, NetworkLayer.OfText),
        new PriorPreservation(
            new DreamBooth.DreamBoothMethod(DreamBoothOption.AllOfFull, NetworkLayer.OfUNet), DreamBoothOption.AllOfPrior),
    ];

    /// <summary>The method of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IMethod Named(this IReadOnlyList<IMethod> methods, string name) => methods.FirstOrDefault(m => m.Options.Name == name)
        ?? throw new ArgumentException(
            $"There is no method '{name}'; there are: {string.Join(", ", methods.Select(m => m.Options.Name))}.");
}
