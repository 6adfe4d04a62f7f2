using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Devices;

[Collection("tiny")]
public sealed class TorchSwitchesTests(TinyEngine tiny)
{
    [Fact]
    public async Task Deterministic_algorithms_are_on_while_an_engine_is_told_so_and_off_for_the_next()
    {
        await using (var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet.With(EngineOption.Deterministic, true)))
        {
            Assert.True(TorchSwitches.IsDeterministic);
            var recorder = new Recorder();
            await engine.TrainAsync(Teapot.Training(1, OptionValues.None
                .With(TrainingOption.BatchSize, 2)), recorder, TestContext.Current.CancellationToken);
            Assert.Single(recorder.Steps);
        }
        await using var next = await tiny.LoadAnotherAsync();
        Assert.False(TorchSwitches.IsDeterministic);
    }

    [Fact]
    public async Task Tf32_is_what_the_engine_was_told_and_not_what_libtorch_prefers()
    {
        await using (var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet.With(EngineOption.Tf32, true)))
            Assert.True(backends.cudnn.allow_tf32 && backends.cuda.matmul.allow_tf32);
        await using var next = await tiny.LoadAnotherAsync();
        Assert.False(backends.cudnn.allow_tf32 || backends.cuda.matmul.allow_tf32);
    }

    [Fact]
    public void An_option_whose_function_is_not_there_is_refused_by_its_name()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            TorchSwitches.Exported("libtorch_cpu", "_ZN2at7Context10setPerfectEb", "perfect"));

        Assert.Contains("Option perfect", error.Message, StringComparison.Ordinal);
        Assert.Contains("_ZN2at7Context10setPerfectEb", error.Message, StringComparison.Ordinal);
    }
}
