using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Options;

namespace ViCo.Gateway.Models;

/// <summary>What trainings and samplings may be told: forms are made from it.</summary>
internal static class OptionsApi
{
    public static void MapOptions(this IEndpointRouteBuilder routes) => routes.MapGet("/options", List).WithTags("Models")
        .WithSummary("The options of trainings and samplings: what values each takes, its default, and what it does.");

    private static Ok<OptionDescriptions> List(OptionCatalog catalog) => TypedResults.Ok(new OptionDescriptions(
        [.. catalog.Training.Select(option => OptionDescription.Of(option) with { Methods = MethodsOf(option, catalog) })],
        [.. catalog.Sampling.Select(OptionDescription.Of)]));

    private static string[]? MethodsOf(OptionSpec option, OptionCatalog catalog) =>
        catalog.Methods.Where(m => m.Options.Find(option.Name) is not null).Select(m => m.Name).ToArray() is { Length: > 0 } names ? names : null;
}

internal sealed record OptionDescriptions(IReadOnlyList<OptionDescription> Training, IReadOnlyList<OptionDescription> Sampling);
