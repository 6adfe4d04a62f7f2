using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Gpus;
using ViCo.Grains.Models;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Models;

/// <summary>What trainings and samplings may be told: forms are made from it.</summary>
internal static class OptionsApi
{
    public static void MapOptions(this IEndpointRouteBuilder routes) => routes.MapRead("/options", List, "model").WithTags("Models")
            .Needs(Grants.ModelsRead)
        .WithSummary(
            "The options of trainings and samplings: what values each takes, its default, and what it does; with the defaults of a "
            + "base model, "
            + "by name or digest, or of the one last seen.");

    private static async Task<Results<Ok<OptionDescriptions>, ProblemHttpResult>> List(
        OptionCatalog catalog, ModelShelf models, string? model = null)
    {
        var known = model is not null ? await models.FindAsync(model) : await models.ListAsync() is [var last, ..] ? last : null;
        return model is not null && known is null
            ? Problem.NotFound("model", model)
            : TypedResults.Ok(new OptionDescriptions(
                known?.Name,
                [.. catalog.Training.Select(o =>
                    OptionDescription.Of(o, known?.Training) with { Needs = o.Needs ?? MethodOf(o, catalog) })],
                [.. catalog.Sampling.Select(o => OptionDescription.Of(known is null ? o : Sized(o, known.Sizes), known?.Sampling))]));
    }

    /// <summary>The methods that an option belongs to; null: it is of all.</summary>
    private static OptionNeed? MethodOf(OptionSpec option, OptionCatalog catalog) =>
        catalog.Methods.Where(m => m.Options.Find(option.Name) is not null).Select(m => m.Name).ToArray() is { Length: > 0 } names
            ? new(TrainingOption.Method.Name, names) : null;

    /// <summary>A side as a model draws it: squares from half of the model's own to the largest are offered.</summary>
    private static OptionSpec Sized(OptionSpec option, PictureSizes sizes)
    {
        if (option != SamplingOption.Width && option != SamplingOption.Height) return option;
        var most = Math.Min((long)Math.Sqrt(sizes.MaxPixels), (long)option.Most!) / sizes.Multiple;
        var sides = Enumerable.Range(1, (int)most).Select(n => (long)n * sizes.Multiple);
        return option with
        {
            Least = (long)sizes.Multiple,
            MultipleOf = sizes.Multiple,
            Suggested = [.. sides.Where(side => 2 * side >= sizes.Native)],
        };
    }
}

/// <param name="Model">The base model whose defaults and sizes these are; null: none was seen yet.</param>
internal sealed record OptionDescriptions(string? Model, IReadOnlyList<OptionDescription> Training,
    IReadOnlyList<OptionDescription> Sampling);
