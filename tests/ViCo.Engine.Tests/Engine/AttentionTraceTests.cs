using ViCo.Engine.Generation;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

[Collection("tiny")]
public sealed class AttentionTraceTests(TinyEngine tiny)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ddim", 0.7, null)]
    [InlineData("plms", 0, 0.5)]                        // looks twice in its first step; merged tokens
    [InlineData("euler-a", 0, null)]                    // fresh noise
    public async Task Recording_changes_no_byte_of_any_picture(string sampler, double eta, double? merging)
    {
        var request = (await RequestAsync()).With(SamplingOption.Sampler, sampler).With(SamplingOption.Eta, eta)
            .With(TrainingOption.TokenMerging, merging ?? 0).With(SamplingOption.Width, 32);
        var plain = await tiny.Engine.GenerateAsync(request, new Recorder(), Stop);
        var (pictures, frames) = await tiny.Engine.TraceAsync(request, new Recorder(), Stop);
        var cached = await tiny.Engine.TraceAsync(request with { CacheKey = "concept" }, new Recorder(), Stop);

        Assert.Equal(plain.Select(p => p.Png.ToArray()), pictures.Select(p => p.Png.ToArray()));
        Assert.Equal(plain.Select(p => p.Png.ToArray()), cached.Images.Select(p => p.Png.ToArray()));
        Assert.Equal(frames.Select(f => f.Map), cached.Attention.Select(f => f.Map));
    }

    [Fact]
    public async Task Every_step_layer_reference_and_picture_has_one_map_in_its_own_shape()
    {
        var request = (await RequestAsync()).With(SamplingOption.Width, 32)
            .With(SamplingOption.Sampler, "plms") with { References = [Teapot.Photos[0], Teapot.Photos[1]] };
        var frames = (await tiny.Engine.TraceAsync(request, new Recorder(), Stop)).Attention;

        Assert.Equal(3 * 4 * (2 + 2), frames.Count);
        Assert.Equal(frames.Count, frames.Select(f => (f.Path, f.Index, f.Step, f.Layer)).Distinct().Count());
        Assert.Equal([1, 2, 3], frames.Select(f => f.Step).Distinct());
        foreach (var frame in frames)
        {
            var cells = frame.Layer switch { 8 => 2, 10 or 12 => 4, _ => 8 };
            Assert.Equal((frame.Path == AttentionPath.Picture ? 2 * cells : cells, cells), (frame.Width, frame.Height));
            Assert.Equal(frame.Width * frame.Height, frame.Map.Count);
            Assert.All(frame.Map, a => Assert.InRange(a, 0f, 1f));
            Assert.Equal(frame.Path == AttentionPath.Reference ? frame.Map.Count : null, frame.Mask?.Count);
        }
        // Two seeds and two photos are not looked at alike.
        foreach (var path in Enum.GetValues<AttentionPath>())
            Assert.NotEqual(frames.First(f => f.Path == path && f.Index == 0 && f.Layer == 14).Map,
                frames.First(f => f.Path == path && f.Index == 1 && f.Layer == 14).Map);
    }

    [Fact]
    public async Task The_reference_is_seen_as_the_probe_sees_it_and_a_picture_in_the_conditional_half()
    {
        var request = await RequestAsync() with { Prompt = "a photo of a *" };
        var trace = await tiny.Engine.TraceAsync(request, new Recorder(), Stop);
        var reference = trace.Attention.First(f => f.Path == AttentionPath.Reference && f.Layer == 14);
        var probed = (await tiny.Engine.AttendAsync(new(request.Checkpoint!, request.References, request.Prompt, [(int)reference.Timestep]),
            Stop)).Single(m => m.Layer == 14);
        Assert.Equal(probed.Mask, reference.Mask);
        Assert.All(probed.Map.Zip(reference.Map), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

        // At step 1 the conditional half does not know the negative prompt, whatever guidance will make of it.
        var other = await tiny.Engine.TraceAsync(request.With(SamplingOption.NegativePrompt, "snow and rain"), new Recorder(), Stop);
        Assert.NotEqual(trace.Images[0].Png, other.Images[0].Png);
        Assert.All(Picture(trace).Map.Zip(Picture(other).Map), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        var none = await Assert.ThrowsAsync<ArgumentException>(() =>
            tiny.Engine.TraceAsync(request with { Prompt = "a photo of a teapot" }, new Recorder(), Stop));
        Assert.Contains("no placeholder", none.Message, StringComparison.Ordinal);

        static AttentionFrame Picture(TracedImages traced) =>
            traced.Attention.First(f => f is { Path: AttentionPath.Picture, Step: 1, Layer: 14 });
    }

    [Fact]
    public async Task Recording_leaves_no_tensor_behind()
    {
        await RoundAsync();
        var before = await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        await RoundAsync();
        Assert.Equal(before, await tiny.Engine.RunAsync(() => DisposeScopeManager.Statistics.ThreadTotalLiveCount));

        async Task RoundAsync()
        {
            await tiny.Engine.TraceAsync((await RequestAsync()).With(TrainingOption.TokenMerging, 0.5), new Recorder(), Stop);
            await tiny.Engine.ForgetAsync();
        }
    }

    private async Task<GenerationRequest> RequestAsync() =>
        new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a photo of a * in the snow", [1, 2])
            .With(SamplingOption.SamplingSteps, 3);
}
