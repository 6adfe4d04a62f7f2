using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Tests.Jobs;

/// <summary>The named terms of a loss on the wire and in storage.</summary>
public sealed class StepEventTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private static readonly StepDone Step = new(3, 400, 0.5, 0.2, 1.5) { Terms = [new("noise", 0.4, 1), new("end-of-text", 0.2, 0.5)] };

    [Fact]
    public void Terms_pass_between_machines_and_to_browsers()
    {
        using var services = new ServiceCollection().AddSerializer(s => s.AddAssembly(typeof(StepDone).Assembly)).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        Assert.Equal(Step, serializer.Deserialize<JobEventData>(serializer.SerializeToArray<JobEventData>(Step)));

        var text = JsonSerializer.Serialize<JobEventData>(Step, Json);
        Assert.Contains("{\"name\":\"end-of-text\",\"value\":0.2,\"weight\":0.5}", text, StringComparison.Ordinal);
        Assert.Equal(Step, JsonSerializer.Deserialize<JobEventData>(text, Json));
        Assert.NotEqual(Step, Step with { Terms = [] });
    }

    [Fact]
    public void An_event_of_before_terms_had_names_reads_without_any()
    {
        const string old = """{"type":"step","step":3,"steps":400,"loss":0.5,"regularization":0.2,"seconds":1.5}""";
        Assert.Equal(Step with { Terms = [] }, JsonSerializer.Deserialize<JobEventData>(old, Json));
    }
}
