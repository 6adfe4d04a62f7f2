using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Options;

namespace ViCo.Grains.Tests.Jobs;

/// <summary>Settings of jobs as they are stored and sent. The fixtures were written when every option was a member of its own.</summary>
public sealed class SettingsTests
{
    private const string Training =
        "MAHyq4XyI3ZpY28udHJhaW5pbmctam9i6EADYyGAgAC3lqtJ3giBAAAAAAAAAADg6OhADXRlYXBvdDEBw9luPk1SZWFkT25seUxpc3RJbnRlcm"
        + "ZhY2VDb2RlY2AxW1tzdHJpbmddXQAFQQNhQANi4CHoAFEBCQEdgfyp8dJNYmA/gfFo44i1+OQ+gfyp8dJNYkA/QQl2aWNvgQAAAAAAANA/4MEB"
        + "4A==";

    private const string Sampling =
        "MAHme7pfI3ZpY28uc2FtcGxpbmctam9i6EADYyGAgAC3lqtJ3giBAAAAAAAAAADg6OhACWJsb2JBDWRpZ2VzdDEBw9luPk1SZWFkT25seUxpc3"
        + "RJbnRlcmZhY2VDb2RlY2AxW1tzdHJpbmddXQADQQNy4CHoQB1hIHBob3RvIG9mIGEgKkEJYmx1ZQENASUBFYEAAAAAAAAeQDkFAANBBXAx4AHJ"
        + "gQAAAAAAAABAQQtldWxlckENa2FycmFzgQAAAAAAAAAAAQEBAgMBoYEAAAAAAADgP+DBAeA=";

    private const string PlainSampling =
        "MAHme7pfI3ZpY28uc2FtcGxpbmctam9i6EADYyGAgAC3lqtJ3giBAAAAAAAAAADg6OjAAcEBKTXgIehAAypBAQERAanBAcEByTURwQHBAcEBwQ"
        + "GBAAAAAAAAAAABAcEBwQHBAeDBAeA=";

    private const string PlainTraining =
        "MAHyq4XyI3ZpY28udHJhaW5pbmctam9i6EADYyGAgAC3lqtJ3giBAAAAAAAAAADg6OhADXRlYXBvdCk14CHowAHBAcEBwQHBAcEBwQHBAeDBAe"
        + "A=";

    private const string TrainingOptions = """
        {"batchSize":2,"blockLearningRate":1E-05,"embeddingLearningRate":0.002,"method":"vico","regularizationWeight":0.0005,"seed":7,
        "steps":20,"tokenMerging":0.25}
        """;

    private const string SamplingOptions = """
        {"count":3,"guidance":7.5,"height":40,"imageGuidance":2,"negativePrompt":"blue","sampler":"euler","samplingSteps":5,"seed":9,
        "spacing":"karras","tokenMerging":0.5,"width":96}
        """;

    private static readonly DateTimeOffset _at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Old_and_new_processes_understand_each_other()
    {
        var training = new TrainingJob("c", _at, "teapot", ["a", "b"], new(OptionValues.FromJson(TrainingOptions)));
        var sampling = new SamplingJob("c", _at, "blob", "digest", ["r"], new("a photo of a *", OptionValues.FromJson(SamplingOptions))
        {
            References = ["p1"], Checkpoint = new(null, 50),
        });
        var serializer = new ServiceCollection().AddSerializer(s => s.AddAssembly(typeof(JobSpec).Assembly)).BuildServiceProvider()
            .GetRequiredService<Serializer>();

        Assert.Equal(training.Settings, Assert.IsType<TrainingJob>(Read(Training)).Settings);
        Assert.Equal(Json(sampling), Json(Read(Sampling)));
        Assert.Equal("""{"count":4,"seed":42}""", Assert.IsType<SamplingJob>(Read(PlainSampling)).Settings.Options.ToJson());
        Assert.Equal(new(), Assert.IsType<TrainingJob>(Read(PlainTraining)).Settings);

        // What was a member then is sent as it was: an older process skips only what it does not know.
        Assert.Contains(SettingsOf(Training, "E80051"), Hex(Sent(training)), StringComparison.Ordinal);
        Assert.Contains(SettingsOf(Sampling, "E8401D"), Hex(Sent(sampling)), StringComparison.Ordinal);

        var more = training with { Settings = new(training.Settings.Options.With(VisualConditionOption.Mask, "post_softmax")) };
        Assert.Equal(more.Settings, Assert.IsType<TrainingJob>(Read(Sent(more))).Settings);
        Assert.Contains(SettingsOf(Training, "E80051"), Hex(Sent(more)), StringComparison.Ordinal);

        JobSpec Read(string sent) => serializer.Deserialize<JobSpec>(Convert.FromBase64String(sent))!;

        // From their first member to their last: what follows is the end of settings and job.
        static string SettingsOf(string sent, string begin) => Hex(sent)[Hex(sent).IndexOf(begin, StringComparison.Ordinal)..^8];

        static string Hex(string sent) => Convert.ToHexString(Convert.FromBase64String(sent));

        string Sent(JobSpec spec) => Convert.ToBase64String(serializer.SerializeToArray(spec));
    }

    [Fact]
    public void Stored_jobs_of_before_read_as_they_were_meant()
    {
        const string old = """
            {"kind":"sampling","checkpointBlob":"blob","checkpointDigest":"digest","referenceBlobs":["r"],"settings":{"prompt":"a *",
            "negativePrompt":"blue","count":3,"seed":9,"samplingSteps":5,"guidance":7.5,"references":["p1"],"checkpoint":50,
            "sampler":"euler","eta":0,"publishedGuidance":false,"width":96},"conceptId":"c","submitted":"2026-01-02T03:04:05+00:00"}
            """;
        var settings = Assert.IsType<SamplingJob>(JsonSerializer.Deserialize<JobSpec>(old, GrainJson.Options)).Settings;
        Assert.Equal(("a *", 3, 9L, new CheckpointChoice(null, 50)), (settings.Prompt, settings.Count, settings.Seed, settings.Checkpoint));
        Assert.Equal(["p1"], settings.References);
        Assert.Equal("euler", settings.Options.Get(SamplingOption.Sampler));
        Assert.Equal(7.5, settings.Options.Get(SamplingOption.Guidance));
        Assert.Equal("blue", settings.Options.Get(SamplingOption.NegativePrompt));

        const string training = """
            {"kind":"training","initWord":"teapot","photoBlobs":["a"],"settings":{"steps":20,"blockLearningRate":1E-05},"conceptId":"c",
            "submitted":"2026-01-02T03:04:05+00:00"}
            """;
        Assert.Equal(
            """{"blockLearningRate":1E-05,"steps":20}""",
            Assert.IsType<TrainingJob>(JsonSerializer.Deserialize<JobSpec>(training, GrainJson.Options)).Settings.Options.ToJson());
    }

    private static string Json(JobSpec spec) => JsonSerializer.Serialize(spec, GrainJson.Options);
}
