using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ViCo.Options;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class OptionsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_api_describes_every_option_with_its_bounds()
    {
        var document = await OkAsync(await host.Client.GetAsync("/openapi/v1.json", Stop));
        var sampling = Fields(document, "/images");
        Assert.Equal(["concept", "prompt"], Body(document, "/images")["required"]!.AsArray().Select(n => (string)n!).Order());
        foreach (var option in OptionCatalog.Default.Sampling) AssertDescribed(option, sampling[option.Name]!);
        var training = Fields(document, "/concepts/{concept}/trainings");
        foreach (var option in OptionCatalog.Default.Training) AssertDescribed(option, training[option.Name]!);
        Assert.Equal((0.0, 100.0), ((double)sampling["guidance"]!["minimum"]!, (double)sampling["guidance"]!["maximum"]!));
    }

    [Fact]
    public async Task Every_default_that_the_document_tells_may_be_sent()
    {
        var document = await OkAsync(await host.Client.GetAsync("/openapi/v1.json", Stop));
        var concept = await host.NewConceptAsync(photos: 1);
        var training = Defaults(document, "/concepts/{concept}/trainings");
        training["steps"] = 2;
        await host.EndAsync((string)(await OkAsync(
            await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", training, Stop)))["id"]!);
        var drawing = Defaults(document, "/images");
        (drawing["concept"], drawing["prompt"]) = (concept, "a *");
        await host.EndAsync((string)(await OkAsync(await host.Client.PostAsJsonAsync("/images", drawing, Stop)))["id"]!);
        var known = Defaults(document, "/v1/images/generations");
        (known["model"], known["prompt"]) = (concept, "a *");
        Assert.Single((await OkAsync(await host.Client.PostAsJsonAsync("/v1/images/generations", known, Stop)))["data"]!.AsArray());
    }

    [Fact]
    public async Task Forms_can_be_made_from_what_the_gateway_says_of_options()
    {
        var options = await OkAsync(await host.Client.GetAsync("/options", Stop));
        Assert.Equal(OptionCatalog.Default.Training.Select(o => o.Name), options["training"]!.AsArray().Select(o => (string?)o!["name"]));
        Assert.Equal(OptionCatalog.Default.Sampling.Select(o => o.Name), options["sampling"]!.AsArray().Select(o => (string?)o!["name"]));
        var mask = options["training"]!.AsArray().Single(o => (string?)o!["name"] == "mask")!;
        Assert.Equal("choice pre_softmax vico", $"{mask["kind"]} {mask["default"]} {mask["needs"]!["values"]![0]}");
        Assert.Equal(["pre_softmax", "post_softmax"], mask["choices"]!.AsArray().Select(c => (string?)c!["value"]));
        var height = options["sampling"]!.AsArray().Single(o => (string?)o!["name"] == "height")!;
        Assert.Equal("integer 8 4096 8 px True",
            $"{height["kind"]} {height["least"]} {height["most"]} {height["multipleOf"]} {height["unit"]} "
            + $"{height["fromModel"]!.GetValue<bool>()}");
    }

    [Fact]
    public void The_studio_says_no_option_by_hand()
    {
        var all = OptionCatalog.Default.Training.Concat(OptionCatalog.Default.Sampling).ToList();
        // Names of one ordinary word, such as steps, are words of the page, too.
        var words = all.Select(o => o.Name).Where(name => name.Any(char.IsUpper))
            .Concat(all.SelectMany(o => o.Choices).Select(c => c.Value).Where(value => value.Any(c => c is '_' or '-'))).ToHashSet();
        var files = Directory.EnumerateFiles(Repository.PathOf("src", "ViCo.Gateway", "wwwroot"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".js"
                or ".html" && !f.Contains($"{Path.DirectorySeparatorChar}lib{Path.DirectorySeparatorChar}"));
        foreach (var file in files)
            Assert.Empty(words.Intersect(Regex.Split(File.ReadAllText(file), @"[^\w-]+"))
                .Select(word => $"{Path.GetFileName(file)}: {word}"));
    }

    [Fact]
    public async Task A_switch_can_be_set_over_the_api_and_the_checkpoint_says_so()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var training = await OkAsync(await host.Client.PostAsJsonAsync(
            $"/concepts/{concept}/trainings", new { steps = 2, mask = "post_softmax", layers = new[] { 8, 10 }, checkpointEvery = 1 },
            Stop));
        await host.EndAsync((string)training["id"]!);
        var header = await host.Client.GetStringAsync($"/concepts/{concept}/checkpoints/1", Stop);
        Assert.Contains("post_softmax", header, StringComparison.Ordinal);
        Assert.Contains("[8,10]", header, StringComparison.Ordinal);
    }

    private static void AssertDescribed(OptionSpec option, JsonNode field)
    {
        Assert.StartsWith(option.Help, (string?)field["description"], StringComparison.Ordinal);
        if (option.Kind is OptionKind.Integer or OptionKind.Number)
            Assert.Equal((Convert.ToDouble(option.Least), Convert.ToDouble(option.Most)),
                ((double)field["minimum"]!, (double)field["maximum"]!));
        if (option.Kind == OptionKind.Choice) Assert.Equal(option.Choices.Select(c => c.Value), field["enum"]!.AsArray()
            .Select(c => (string?)c));
        if (option is { FromModel: false, Fallback: { } fallback })
            Assert.Equal(OptionValues.None.With("v", fallback).ToJson(),
                new JsonObject { ["v"] = field["default"]!.DeepClone() }.ToJsonString());
    }

    private static JsonNode Body(JsonNode document, string path)
    {
        var schema = document["paths"]![path]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        return (string?)schema["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]! : schema;
    }

    private static JsonObject Defaults(JsonNode document, string path) => new(
        Fields(document, path).AsObject().Where(field => field.Value!["default"] is not null)
            .Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value!["default"]!.DeepClone())));

    /// <summary>The properties of a route's body.</summary>
    internal static JsonNode Fields(JsonNode document, string path) => Body(document, path)["properties"]!;
}
