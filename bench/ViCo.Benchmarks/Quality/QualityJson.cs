using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Benchmarks.Quality;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(QualityReport))]
[JsonSerializable(typeof(ConceptQuality))]
internal sealed partial class QualityJson : JsonSerializerContext;
