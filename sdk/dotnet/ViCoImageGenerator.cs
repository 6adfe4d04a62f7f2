using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ViCo.Client;

/// <summary>Draws a trained concept where a program wants some <see cref="IImageGenerator"/>.</summary>
/// <remarks>
/// A prompt that names the object by its init word, or does not name it, draws it all the same: <c>a teapot on the beach</c> becomes
/// <c>a * on the beach</c>. Further options of a drawing are given by name in
/// <see cref="ImageGenerationOptions.AdditionalProperties"/>.
/// </remarks>
/// <param name="concept">The concept to draw; a request's <see cref="ImageGenerationOptions.ModelId"/> names another.</param>
public sealed class ViCoImageGenerator(ViCoClient client, string concept) : IImageGenerator
{
    private readonly ImageGeneratorMetadata _metadata = new("vico", client.Transport.Address, concept);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">There is a picture to edit: ViCo draws, and does not edit.</exception>
    /// <exception cref="ViCoException">The server refuses the request; or the drawing failed (<c>job_failed</c>).</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.OriginalImages?.Any() == true) throw new NotSupportedException(
            "ViCo does not edit pictures: it draws what it learned from photos.");
        var body = new JsonObject { ["model"] = options?.ModelId ?? concept, ["prompt"] = request.Prompt };
        foreach (var (name, value) in options?.AdditionalProperties ?? []) body[name] = NodeOf(name, value);
        if (options?.Count is { } count) body["n"] = count;
        if (options?.ImageSize is { } size) body["size"] = string.Create(CultureInfo.InvariantCulture, $"{size.Width}x{size.Height}");
        var byUrl = options?.ResponseFormat is ImageGenerationResponseFormat.Uri or ImageGenerationResponseFormat.Hosted;
        if (byUrl) body["response_format"] = "url";

        var answer = await client.Transport.PostAsync("v1/images/generations", body, key: null, ViCoJson.Default.JsonObject,
            cancellationToken).ConfigureAwait(false);
        if (answer["error"] is JsonObject error)
            throw new ViCoException(System.Net.HttpStatusCode.OK, (string?)error["code"] ?? "job_failed", null,
                (string?)error["message"] ?? "The drawing failed.");
        List<AIContent> pictures = [];
        foreach (var picture in answer["data"]!.AsArray())
        {
            pictures.Add(byUrl
                ? new UriContent((string)picture!["url"]!, "image/png")
                : new DataContent(Convert.FromBase64String((string)picture!["b64_json"]!), "image/png"));
            pictures[^1].AdditionalProperties = new() { ["id"] = (string?)picture["id"], ["seed"] = (long)picture["seed"]!,
                ["prompt"] = (string?)picture["revised_prompt"] };
        }
        return new(pictures) { RawRepresentation = answer };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ImageGeneratorMetadata) ? _metadata
            : serviceType == typeof(ViCoClient) ? client
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Leaves the client to its owner.</summary>
    public void Dispose()
    {
    }

    private static JsonNode? NodeOf(string name, object? value) => value switch
    {
        null => null,
        string text => text,
        bool on => on,
        int n => n,
        long n => n,
        double x => x,
        JsonElement json => JsonNode.Parse(json.GetRawText()),
        JsonNode node => node.DeepClone(),
        IEnumerable<string> texts => new JsonArray([.. texts.Select(t => (JsonNode)t)]),
        _ => throw new ArgumentException($"Option '{name}' is a {value.GetType().Name}; wanted a text, number, true or false, or texts."),
    };
}
