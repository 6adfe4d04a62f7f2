using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>What of a prompt was not read, or not as its writer meant it, is said beside the picture.</summary>
[Collection("tiny")]
public sealed class PromptWarningsTests(TinyEngine tiny)
{
    private static readonly string Long = string.Join(", ", Enumerable.Repeat("blurry ugly deformed", 30));

    [Fact]
    public async Task A_text_that_is_too_long_is_told_of_on_either_side()
    {
        Assert.Contains("The negative prompt is ", Assert.Single(await WarningsAsync("a photo of a *", Long)), StringComparison.Ordinal);
        Assert.Contains("The prompt is ", Assert.Single(await WarningsAsync($"a photo of a *, {Long}", "")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_placeholder_beyond_what_is_read_is_not_called_missing()
    {
        var warnings = await WarningsAsync($"{Long} and a *", "");
        Assert.Contains(warnings, w => w.Contains("The * lies beyond the 75 tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, w => w.Contains("no placeholder", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a photo of a (*:1.5) on the beach", "(*:1.5)")]
    [InlineData("a photo of a ((*))", "((*))")]
    [InlineData("a * <lora:detail:0.8>", "<lora:detail:0.8>")]
    public async Task Weights_of_other_programs_are_pointed_out(string prompt, string found) =>
        Assert.Contains(await WarningsAsync(prompt, ""), w => w.Contains($"'{found}'", StringComparison.Ordinal));

    [Fact]
    public async Task The_object_in_a_negative_prompt_is_pointed_out() =>
        Assert.Contains(await WarningsAsync("a photo of a *", "**blurry**"), w =>
            w.Contains("names the object 4 times", StringComparison.Ordinal));

    [Fact]
    public async Task A_plain_prompt_in_brackets_and_with_a_clock_is_left_alone() =>
        Assert.Empty(await WarningsAsync("a photo (taken at 10:30) of a * [sunset]", ""));

    private async Task<IReadOnlyList<string>> WarningsAsync(string prompt, string negative) => (await tiny.Engine.GenerateAsync(
        new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], prompt, [1])
            .With(SamplingOption.NegativePrompt, negative).With(SamplingOption.SamplingSteps, 1),
        new Recorder(), TestContext.Current.CancellationToken))[0].Warnings;
}
