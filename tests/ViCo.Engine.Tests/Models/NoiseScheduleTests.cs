using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Models;

/// <summary>A scheduler_config.json gets what it asks for, or is refused by the name of what it does not get.</summary>
public sealed class NoiseScheduleTests
{
    [Theory]
    [InlineData("rescale_betas_zero_snr", "true")]
    [InlineData("thresholding", "true")]
    [InlineData("use_karras_sigmas", "true")]
    [InlineData("trained_betas", "[0.1, 0.2]")]
    [InlineData("prediction_type", "\"v_prediction\"")]
    [InlineData("prediction_type", "\"sample\"")]
    [InlineData("clip_sample", "true")]
    public void What_would_change_pictures_and_is_not_there_is_refused_by_name(string setting, string value) =>
        Assert.Contains(setting, Assert.Throws<InvalidDataException>(() => Read($", \"{setting}\": {value}")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_is_switched_off_is_no_matter() =>
        Assert.Empty(
            Read(""", "rescale_betas_zero_snr": false, "thresholding": false, "trained_betas": null, "steps_offset": 1""").Warnings);

    [Fact]
    public void An_offset_of_0_is_taken_as_1_as_diffusers_does_with_a_warning()
    {
        var schedule = Read(", \"steps_offset\": 0");
        Assert.Equal(1, schedule.Offset);
        Assert.Contains("steps_offset is 0", Assert.Single(schedule.Warnings), StringComparison.Ordinal);
    }

    private static NoiseSchedule Read(string more) => NoiseSchedule.From(ConfigJson.Parse(
        "scheduler_config.json", $$"""{ "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012{{more}} }"""));
}
