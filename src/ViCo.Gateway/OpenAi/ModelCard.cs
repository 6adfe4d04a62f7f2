using System.Text.Json.Serialization;
using ViCo.Grains.Concepts;

namespace ViCo.Gateway.OpenAi;

/// <summary>A trained concept as a model.</summary>
/// <param name="Object">Always <c>model</c>.</param>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="Name">The concept's name.</param>
internal sealed record ModelCard(
    string Id, string Object, long Created, [property: JsonPropertyName("owned_by")] string OwnedBy, string Name)
{
    public static ModelCard Of(ConceptView concept) => new(concept.Id, "model", concept.Created.ToUnixTimeSeconds(), "vico", concept.Name);
}
