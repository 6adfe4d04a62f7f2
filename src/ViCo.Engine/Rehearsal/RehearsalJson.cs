using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Engine.Rehearsal;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RehearsalEngine.ResumeState))]
internal sealed partial class RehearsalJson : JsonSerializerContext;
