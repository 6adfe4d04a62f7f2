using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Images;
using ViCo.Gateway.Problems;
using ViCo.Options;

namespace ViCo.Gateway.OpenAi;

/// <summary>
/// The body of <c>/v1/images/generations</c>: OpenAI's fields, and beside them the options of a drawing by their own names.
/// </summary>
[JsonConverter(typeof(OpenAiRequestJson))]
internal sealed record OpenAiRequest(OptionValues Values)
{
    private const string Auto = "auto", Base64 = "b64_json";

    /// <summary>What to draw with.</summary>
    public static readonly Option<string> Model = Option.Text("model", 80, "", "Id of a trained concept, as in /v1/models.") with
    {
        Required = true,
    };

    private static readonly Option<string> _prompt = Option.Text(
        "prompt", 1000, "",
        "What to draw. Without a * for the object its init word gives up its place, else the concept's name, else \"a photo of a *, "
            + "\" goes before it.")
        with { Required = true, Least = 1L };

    private static readonly Option<int> _n = Option.Integer(
        "n", (int)(long)SamplingOption.Count.Least!, (int)(long)SamplingOption.Count.Most!, 1, SamplingOption.Count.Help);

    private static readonly Option<string> _size =
        Option.Text("size", 16, Auto, "Width and height, such as 512x512; auto: the base model's own.");

    private static readonly Option<string> _format = Option.Choice(
        "response_format", Base64, "How pictures come.", new OptionChoice(Base64, "in the answer"),
        new OptionChoice("url", "as an address of this server"));

    private static readonly Option<bool> _stream =
        Option.Switch("stream", false, "Server-sent events: each picture as soon as it is drawn.");

    private static readonly Option<int> _partial = Option.Integer(
        "partial_images", 0, 3, 0, "With stream: how often the first picture is shown on its way. Fewer come when it is drawn sooner.");

    private static readonly Option<IReadOnlyList<string>> _reference = Option.TextList(
        "reference", (int)(long)SampleRequest.References.Most!, $"{SampleRequest.References.Help} One may be given without a list.");

    // What others draw differently by. Accepted where it asks for what happens anyway.
    private static readonly OptionSpec[] _ofOthers =
    [
        Option.Text("quality", 20, Auto, "Changes nothing here."), Option.Text("style", 20, "", "Changes nothing here."),
        Option.Text("moderation", 20, Auto, "Changes nothing here."),
        Option.Choice("background", Auto, "Pictures are opaque.", new OptionChoice(Auto, "opaque"), new OptionChoice("opaque", "opaque")),
        Option.Choice("output_format", "png", "Pictures are PNG.", new OptionChoice("png", "PNG")),
    ];

    /// <summary>The concept.</summary>
    public string Concept => Values.Get(Model).Trim();

    /// <summary>The prompt as it came.</summary>
    public string Prompt => Values.Get(_prompt).Trim();

    /// <summary>Whether pictures come as events.</summary>
    public bool Streams => Values.Get(_stream);

    /// <summary>How often the first picture is shown on its way.</summary>
    public int PartialImages => Streams ? Values.Get(_partial) : 0;

    /// <summary>Whether pictures come as addresses.</summary>
    public bool ByUrl => Values.Get(_format) != Base64;

    /// <summary>Every field that such a body may have.</summary>
    public static OptionList Fields(OptionCatalog catalog) => new OptionList(
        [Model, _prompt, _n, _size, _format, _stream, _partial, _reference, SampleRequest.Checkpoint, EndUser.Field, .. _ofOthers],
        SampleRequest.CheckpointReads, EndUser.Reads, SizeReads).And(Beside(catalog));

    /// <summary>The body with old names made new and one reference made a list of one; or what is wrong with it.</summary>
    public (OpenAiRequest? Request, ProblemHttpResult? Problem) Checked(OptionCatalog catalog)
    {
        var fields = Fields(catalog);
        var values = Values;
        try
        {
            values = fields.Renamed(values);
        }
        catch (ArgumentException e)
        {
            return (null, Problem.Of(StatusCodes.Status400BadRequest, "invalid_field", e.Message));
        }
        if (values.Find(_reference.Name) is string one) values = values.With(_reference.Name, new[] { one });
        if (values.Find(SampleRequest.Checkpoint.Name) is long step) values =
            values.With(SampleRequest.Checkpoint.Name, OptionSpec.Format(step));
        return Problem.Fields(fields.Check(values)) is { } problem ? (null, problem) : (new(values), null);
    }

    /// <summary>The request of <c>/images</c> that it stands for; this one is checked.</summary>
    /// <param name="prompt">With the object in its place.</param>
    public SampleRequest ToSample(OptionCatalog catalog, string prompt)
    {
        var asked = Values.Only(Beside(catalog).Concat([SampleRequest.Checkpoint, EndUser.Field]))
            .With(SampleRequest.Concept, Concept).With(SampleRequest.Prompt, prompt).With(SamplingOption.Count, Values.Get(_n));
        if (Values.Has(_reference)) asked = asked.With(SampleRequest.References, Values.Get(_reference));
        return new(SizeOf(Values.Get(_size)) is var (width, height)
            ? asked.With(SamplingOption.Width, width).With(SamplingOption.Height, height) : asked);
    }

    /// <summary>The options of a drawing that go by their own names: all but those that OpenAI has a name for.</summary>
    private static IEnumerable<OptionSpec> Beside(OptionCatalog catalog) =>
        catalog.Sampling.Where(o => o.Name != SamplingOption.Count.Name && o.Name != SamplingOption.Width.Name
            && o.Name != SamplingOption.Height.Name);

    private static OptionProblem? SizeReads(OptionValues values)
    {
        var size = values.Get(_size);
        if (size == Auto) return null;
        if (SizeOf(size) is not var (width, height)) return new(_size.Name,
            $"size is '{size}'; wanted {Auto}, or width and height such as 512x512.");
        return (SamplingOption.Width.ProblemOf((long)width) ?? SamplingOption.Height.ProblemOf((long)height)) is { } problem
            ? new(_size.Name, $"size is '{size}': {problem.Message}") : null;
    }

    private static (int Width, int Height)? SizeOf(string size) =>
        size.Split('x') is [var w, var h] && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out var height) ? (width, height) : null;
}

internal sealed class OpenAiRequestJson : JsonConverter<OpenAiRequest>
{
    public override OpenAiRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(OptionValues.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, OpenAiRequest value, JsonSerializerOptions options) => value.Values.WriteTo(writer);
}
