using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Grains.Storage;

/// <summary>How grain state and logs are written: readable, enums by name, so that a stored file explains itself.</summary>
internal static class GrainJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // A number that a worker reports must not keep a job's state from being written.
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
