using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Training;

namespace ViCo.Engine;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(TrainingOptions))]
[JsonSerializable(typeof(SamplingOptions))]
[JsonSerializable(typeof(RehearsalEngine.ResumeState))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class EngineJson : JsonSerializerContext;
