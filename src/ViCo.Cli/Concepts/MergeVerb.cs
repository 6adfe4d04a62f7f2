using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Methods.CustomDiffusion;

namespace ViCo.Cli.Concepts;

/// <summary><c>vico concepts merge</c>: Custom Diffusion's concepts of one object each become one of several, without training.</summary>
internal static class MergeVerb
{
    public static Verb Create()
    {
        var sources = new Argument<string[]>("concept")
        {
            Description =
                $"2 to {TrainingRequest.MaxObjects} folders that vico train made by the method custom-diffusion, of one object each.",
            HelpName = "DIR", Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out") { Description = "New folder of the joined concept.", Required = true, HelpName = "DIR" };
        var model = new Option<string?>("--model")
        {
            Description = "Base model that they were trained beside: a folder, a file, or a name under models/. Default toybox.",
            HelpName = "MODEL",
        };
        var merge = new Verb(
            "merge",
            "Joins concepts of Custom Diffusion into one, whose prompts name their objects <1>, <2> and so on. Nothing is trained.",
            ("vico concepts merge out/teapot-custom out/backpack-custom --out out/both", "then: vico sample --concept out/both --prompt "
                + "\"a photo of a <1> and a <2>\""))
        {
            sources, output, model,
        };
        merge.SetAction(parsed => Run(
            [.. parsed.GetValue(sources)!.Select(ConceptFolder.Open)], Installation.BaseModel(parsed.GetValue(model)),
            parsed.GetValue(output)!));
        return merge;
    }

    private static int Run(IReadOnlyList<ConceptFolder> concepts, string model, string output)
    {
        var cards = concepts.Select(concept => concept.ReadCard()).ToList();
        TrainingObject[] objects =
            [.. concepts.Zip(cards, (concept, card) => new TrainingObject(concept.ReadReferences()[0], card.InitWord))];
        ConceptMerge.Write([.. concepts.Select(concept => concept.FindCheckpoint(null).File)], model, (metadata, write) =>
        {
            var card = ConceptCard.Of(
                string.Join(" and ", cards.Select(c => c.Name)), metadata.BaseModel, metadata.BaseDigest, objects, cards[0].Options) with
            {
                From = $"from {string.Join(", ", concepts.Select(c => c.FullPath))}, joined",
            };
            var step = concepts.Max(concept => concept.FindCheckpoint(null).Step);
            Console.WriteLine($"  {ConceptFolder.Create(output, card, objects).WriteCheckpoint(step, write)}");
        });
        Console.WriteLine($"  draw with:  vico sample --concept {output} --prompt \"a photo of a <1> and a <2>\"");
        return 0;
    }
}
