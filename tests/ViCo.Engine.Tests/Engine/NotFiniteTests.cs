using ViCo.Engine.Checkpoints;
using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

/// <summary>NaN is neither trained on nor drawn nor kept.</summary>
[Collection("tiny")]
public sealed class NotFiniteTests(TinyEngine tiny) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-nan").FullName;
    private TorchEngine _damaged = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.EnumerateFiles(tiny.Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_folder, Path.GetRelativePath(tiny.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        var unet = Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors");
        using (NewDisposeScope())
        {
            byte[] bytes;
            using (var file = SafetensorsFile.Open(unet))
            {
                bytes = SafetensorsWriter.ToBytes(file.Names.Select(name => KeyValuePair.Create(
                    name, name == "conv_in.bias" ? FilledWith(float.NaN, file.Load(name)) : file.LoadAsStored(name))));
            }
            await File.WriteAllBytesAsync(unet, bytes, Stop);
        }
        _damaged = await TorchEngine.LoadAsync(_folder, TinyEngine.Quiet);
    }

    public async ValueTask DisposeAsync()
    {
        await _damaged.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_training_stops_at_its_first_loss_that_is_no_number_and_keeps_nothing_of_it()
    {
        var recorder = new Recorder();
        var error = await Assert.ThrowsAsync<NotFiniteException>(() => _damaged.TrainAsync(
            Teapot.Training(3, OptionValues.None.With(TrainingOption.BatchSize, 1).With(TrainingOption.CheckpointEvery, 1)
                .With(TrainingOption.ResumeEvery, 1).With(TrainingOption.PreviewEvery, 1)), recorder, Stop));
        Assert.StartsWith("Step 1: the loss is NaN", error.Message, StringComparison.Ordinal);
        Assert.Empty(recorder.Steps);
        Assert.Empty(recorder.Checkpoints);
        Assert.Empty(recorder.Resumes);
    }

    [Fact]
    public async Task A_picture_of_no_numbers_is_an_error_and_not_black()
    {
        var error = await Assert.ThrowsAsync<NotFiniteException>(() => _damaged.GenerateAsync(
            new GenerationRequest(null, [], "a teapot", [1]).With(SamplingOption.SamplingSteps, 1), new Recorder(), Stop));
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoints_of_before_stay()
    {
        // Step 2 carries S* so far away that step 3 cannot compute with it.
        var point = await ResumePointWithMeanAsync(1e30f);
        var recorder = new Recorder();
        var error = await Assert.ThrowsAsync<NotFiniteException>(() => tiny.Engine.TrainAsync(
            Teapot.Training(4, OptionValues.None.With(TrainingOption.BatchSize, 1)
                .With(TrainingOption.CheckpointEvery, 1)) with { Resume = [point.Stored()] }, recorder, Stop));
        Assert.StartsWith("Step 3: the loss is ", error.Message, StringComparison.Ordinal);
        Assert.Equal([2], recorder.Checkpoints.Select(c => c.Step));
    }

    [Fact]
    public async Task Weights_that_became_NaN_are_in_no_checkpoint_though_the_loss_was_a_number()
    {
        var damaged = await ResumePointWithMeanAsync(float.NaN);
        var recorder = new Recorder();
        var error = await Assert.ThrowsAsync<NotFiniteException>(() => tiny.Engine.TrainAsync(
            Teapot.Training(3, OptionValues.None.With(TrainingOption.BatchSize, 1)
                .With(TrainingOption.CheckpointEvery, 1)) with { Resume = [damaged.Stored()] }, recorder, Stop));
        Assert.StartsWith("Step 2: a trained number is NaN or infinite", error.Message, StringComparison.Ordinal);
        Assert.Single(recorder.Steps);
        Assert.Empty(recorder.Checkpoints);
        Assert.Empty(recorder.Resumes);
    }

    [Fact]
    public async Task Losses_as_of_predicting_nothing_are_warned_of_once()
    {
        // Random networks know nothing of noise: their loss is above 1 from the first step.
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Training(12, OptionValues.None.With(TrainingOption.BatchSize, 1)
            .With(TrainingOption.CheckpointEvery, 100)), recorder, Stop);
        Assert.Contains("The training has diverged: the noise loss of steps 1 to 10", Assert.Single(recorder.Warnings),
            StringComparison.Ordinal);
    }

    /// <summary>A resume point after one step in which every number of AdamW's mean of S* is <paramref name="value"/>.</summary>
    private async Task<byte[]> ResumePointWithMeanAsync(float value)
    {
        var first = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Training(1, OptionValues.None.With(TrainingOption.BatchSize, 1)), first, Stop);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(first.Resumes[^1].Bytes, "point");
        return SafetensorsWriter.ToBytes(
            file.Names.Select(name => KeyValuePair.Create(
                name, name == "mean/embedding.*" ? FilledWith(value, file.Load(name)) : file.LoadAsStored(name))),
            file.Metadata);
    }

    private static Tensor FilledWith(float value, Tensor like) =>
        torch.tensor(Enumerable.Repeat(value, (int)like.numel()).ToArray()).view(like.shape);
}
