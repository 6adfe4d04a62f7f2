using System.Text.Json;
using System.Text.Json.Serialization;

namespace ViCo.Client;

/// <summary>One event of a job's log.</summary>
/// <param name="Seq">1, 2, 3, … without a gap.</param>
/// <param name="Attempt">0 before the first.</param>
public sealed record JobEvent(long Seq, int Attempt, DateTimeOffset Time, JobEventData Data);

/// <summary>What happened. A kind that this client does not know is <see cref="UnknownEvent"/>.</summary>
[JsonConverter(typeof(JobEventDataJson))]
public abstract record JobEventData;

/// <summary>The job's state changed.</summary>
public sealed record StateChanged(JobState State, string? Reason) : JobEventData;

/// <summary>One training step.</summary>
public sealed record StepDone(int Step, int Steps, double Loss, double Seconds) : JobEventData;

/// <summary>One denoising step.</summary>
public sealed record SamplingStepDone(int Step, int Steps) : JobEventData;

/// <summary>A checkpoint can be downloaded.</summary>
public sealed record CheckpointSaved(int Step, string Digest, long Bytes) : JobEventData;

/// <summary>A picture can be fetched as <c>/images/{ImageId}</c>.</summary>
public sealed record ImageDrawn(string ImageId, int Index, long Seed, IReadOnlyList<string> Warnings) : JobEventData;

/// <summary>Something its user would want to know although the job goes on.</summary>
public sealed record WarningRaised(string Message) : JobEventData;

/// <summary>Something went wrong; the code is stable.</summary>
public sealed record ErrorRaised(string Code, string Message) : JobEventData;

/// <summary>A kind of event that a newer server tells of.</summary>
public sealed record UnknownEvent(string Type, JsonElement Json) : JobEventData;

internal sealed class JobEventDataJson : JsonConverter<JobEventData>
{
    public override JobEventData Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var json = JsonElement.ParseValue(ref reader);
        var type = json.TryGetProperty("type", out var word) ? word.GetString() ?? "" : "";
        var known = ViCoJson.Default;
        return type switch
        {
            "state" => json.Deserialize(known.StateChanged)!,
            "step" => json.Deserialize(known.StepDone)!,
            "sampling-step" => json.Deserialize(known.SamplingStepDone)!,
            "checkpoint" => json.Deserialize(known.CheckpointSaved)!,
            "image" => json.Deserialize(known.ImageDrawn)!,
            "warning" => json.Deserialize(known.WarningRaised)!,
            "error" => json.Deserialize(known.ErrorRaised)!,
            _ => new UnknownEvent(type, json),
        };
    }

    public override void Write(Utf8JsonWriter writer, JobEventData value, JsonSerializerOptions options)
    {
        var known = ViCoJson.Default;
        var (type, json) = value switch
        {
            StateChanged e => ("state", JsonSerializer.SerializeToElement(e, known.StateChanged)),
            StepDone e => ("step", JsonSerializer.SerializeToElement(e, known.StepDone)),
            SamplingStepDone e => ("sampling-step", JsonSerializer.SerializeToElement(e, known.SamplingStepDone)),
            CheckpointSaved e => ("checkpoint", JsonSerializer.SerializeToElement(e, known.CheckpointSaved)),
            ImageDrawn e => ("image", JsonSerializer.SerializeToElement(e, known.ImageDrawn)),
            WarningRaised e => ("warning", JsonSerializer.SerializeToElement(e, known.WarningRaised)),
            ErrorRaised e => ("error", JsonSerializer.SerializeToElement(e, known.ErrorRaised)),
            UnknownEvent e => (e.Type, e.Json),
            _ => throw new JsonException($"'{value.GetType().Name}' is no event."),
        };
        writer.WriteStartObject();
        writer.WriteString("type", type);
        foreach (var member in json.EnumerateObject().Where(m => m.Name != "type")) member.WriteTo(writer);
        writer.WriteEndObject();
    }
}
