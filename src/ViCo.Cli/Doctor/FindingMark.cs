using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Cli.Doctor;

[JsonConverter(typeof(FindingMarkJson))]
internal enum FindingMark
{
    Good,
    Note,
    Missing,
}

internal sealed class FindingMarkJson() : JsonStringEnumConverter<FindingMark>(JsonNamingPolicy.CamelCase);
