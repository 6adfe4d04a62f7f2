using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ViCo.Client;

/// <summary>JSON as the server writes it. Members that this version does not know are passed over.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Concept))]
[JsonSerializable(typeof(ConceptPage))]
[JsonSerializable(typeof(NewConcept))]
[JsonSerializable(typeof(ConceptChange))]
[JsonSerializable(typeof(UploadedPhotos))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(RunPage))]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(Picture))]
[JsonSerializable(typeof(PicturePage))]
[JsonSerializable(typeof(ModelPage))]
[JsonSerializable(typeof(Usage))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(KeyPage))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(Rotation))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(TenantPage))]
[JsonSerializable(typeof(NewTenant))]
[JsonSerializable(typeof(CreatedTenant))]
[JsonSerializable(typeof(TenantTerms))]
[JsonSerializable(typeof(SiloPage))]
[JsonSerializable(typeof(JobEvent))]
[JsonSerializable(typeof(StateChanged))]
[JsonSerializable(typeof(StepDone))]
[JsonSerializable(typeof(SamplingStepDone))]
[JsonSerializable(typeof(CheckpointSaved))]
[JsonSerializable(typeof(ImageDrawn))]
[JsonSerializable(typeof(WarningRaised))]
[JsonSerializable(typeof(ErrorRaised))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ViCoJson : JsonSerializerContext;

internal sealed record ConceptPage(IReadOnlyList<Concept> Concepts, string? Next);

internal sealed record RunPage(IReadOnlyList<Run> Runs, string? Next);

internal sealed record JobPage(IReadOnlyList<Job> Jobs, string? Next);

internal sealed record PicturePage(IReadOnlyList<Picture> Images, string? Next);

internal sealed record ModelPage(IReadOnlyList<Model> Models);

internal sealed record UploadedPhotos(IReadOnlyList<Photo> Photos);

internal sealed record ProblemBody(string? Title, string? Detail, string? Code, string? Field);
