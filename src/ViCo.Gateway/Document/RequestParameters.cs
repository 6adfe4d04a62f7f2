using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;

namespace ViCo.Gateway;

/// <summary>
/// Parameters of paths, queries and headers with their ranges; lists read theirs from the request, so
/// the routes' signatures do not name them.
/// </summary>
internal static class RequestParameters
{
    private const string Id = "^[A-Za-z0-9-]+$";

    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var streams = Streams(operation);
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
        {
            if (parameter.In == ParameterLocation.Path) (parameter.Schema, parameter.Description) = OfPath(parameter.Name!);
            else if (OfQuery(parameter.Name!, streams) is var (schema, words)) (parameter.Schema, parameter.Description) = (schema, words);
        }
        foreach (var name in metadata.OfType<KnownQuery>().SelectMany(known => known.Names)
            .Where(name => operation.Parameters.All(p => p.Name != name)))
        {
            var (schema, words) = OfQuery(name, streams) ?? (new() { Type = JsonSchemaType.String }, null);
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name, In = ParameterLocation.Query, Schema = schema, Description = words,
                Style = schema.Type == JsonSchemaType.Array ? ParameterStyle.Form : null, Explode = name == "image",
            });
        }
        foreach (var header in HeadersOf(operation, context)) operation.Parameters.Add(header);
        if (operation.Parameters.Count == 0) operation.Parameters = null;
        return Task.CompletedTask;
    }

    private static (OpenApiSchema Schema, string Words) OfPath(string name) => name switch
    {
        "step" => (Number(1, CheckpointChoice.MaxStep), "Training step of the checkpoint."),
        "model" => (new() { Type = JsonSchemaType.String }, "Name or digest of the base model."),
        "silo" => (new() { Type = JsonSchemaType.String }, "The silo's name."),
        _ => (Text(1, 80, Id), $"The {name}'s id."),
    };

    private static (OpenApiSchema Schema, string? Words)? OfQuery(string name, bool streams) => name switch
    {
        "limit" when streams => (Number(1, 1000, 500), "How many at most."),
        "limit" => (Number(1, PageRequest.Most, PageRequest.Default), "How many at most."),
        "cursor" => (new() { Type = JsonSchemaType.String }, "`next` of the page before."),
        "user" => (Text(1, EndUser.MaxLength, "^[!-~]+$"), "Those for this end user of the front-end."),
        "since" => (new() { Type = JsonSchemaType.String, Format = "date-time" }, "Those not older than this instant."),
        "tag" => (new() { Type = JsonSchemaType.String }, "Those with this tag."),
        "kind" => (Choice("training", "sampling"), "Those of this kind."),
        "state" => (new() { Type = JsonSchemaType.Array, Items = Choice("queued", "running", "succeeded", "failed", "canceled") },
            "Those in one of these states."),
        "concept" => (Text(1, 80, Id), "Those of this concept."),
        "w" => (new() { Type = JsonSchemaType.Integer, Enum = [.. Thumbnails.Widths.Select(w => (JsonNode)w)] },
            "A small copy of this width at most, in px."),
        "step" => (Number(1, CheckpointChoice.MaxStep), "Changes nothing: addresses of previews differ by it."),
        "points" => (Number(1, Runs.RunsApi.MaxPoints, 500), "How many points at most; each is the mean of its span."),
        "name" => (Text(1, 120), "What people call the photo, such as the file's name."),
        "object" => (Number(1, ConceptSpec.MaxObjects, 1), "Which of the concept's objects the photos show."),
        "text" => (Text(1, 1000), "What to read."),
        "image" => (new() { Type = JsonSchemaType.Array, Items = Text(1, 80, Id), MinItems = 1, MaxItems = 200 },
            "Ids of pictures, one parameter for each."),
        _ => null,
    };

    private static IEnumerable<OpenApiParameter> HeadersOf(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (context.Description.HttpMethod == HttpMethods.Post && operation.Security is { Count: > 0 }
            && !metadata.OfType<SecretAnswer>().Any())
        {
            yield return Header(IdempotencyKeys.Header, Text(1, IdempotencyKeys.MaxKeyLength, "^[!-~]+$"),
                "A repeat with the same key makes nothing new and gets the first one's answer.");
        }
        if (metadata.OfType<TakesPreference>().Any())
            yield return Header(PreferWait.Header, new() { Type = JsonSchemaType.String },
                "`wait=N`: the answer comes when the job has ended, or after N seconds.");
        if (Streams(operation))
        {
            yield return Header(EventStream.LastEventId, new() { Type = JsonSchemaType.String },
                "Of a stream that goes on: the `id` of the last event seen. Browsers send it by themselves.");
        }
        if (context.Description.HttpMethod == HttpMethods.Get && operation.Security is { Count: > 0 })
            yield return Header("If-None-Match", new() { Type = JsonSchemaType.String },
                "ETags that are known: 304 where one of them still holds.");
    }

    private static bool Streams(OpenApiOperation operation) =>
        operation.Responses?.GetValueOrDefault("200")?.Content?.ContainsKey(EventStream.ContentType) == true;

    private static OpenApiParameter Header(string name, OpenApiSchema schema, string words) =>
        new() { Name = name, In = ParameterLocation.Header, Schema = schema, Description = words };

    private static OpenApiSchema Number(int least, int most, int? fallback = null) => new()
    {
        Type = JsonSchemaType.Integer, Format = "int32", Minimum = $"{least}", Maximum = $"{most}", Default = fallback is { } value
            ? JsonValue.Create(value) : null,
    };

    private static OpenApiSchema Text(int least, int most, string? pattern = null) =>
        new() { Type = JsonSchemaType.String, MinLength = least, MaxLength = most, Pattern = pattern };

    private static OpenApiSchema Choice(params string[] values) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. values.Select(v => (JsonNode)v)],
    };
}
