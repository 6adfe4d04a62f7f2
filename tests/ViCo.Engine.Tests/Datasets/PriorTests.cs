using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Datasets;

/// <summary>Pictures of the object's class beside its photos.</summary>
[Collection("tiny")]
public sealed class PriorTests(TinyEngine tiny) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-prior").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_weight_of_zero_is_the_training_without_the_class_bit_by_bit_and_draws_no_picture_of_it()
    {
        await using var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet with { CacheFolder = _folder });
        var without = await LearnedAsync(engine, Training("dreambooth-lora"));
        var weightless = await LearnedAsync(
            engine, Training("dreambooth-lora-prior") with { Options = Few("dreambooth-lora-prior").With(PriorOption.PriorWeight, 0) });
        Assert.Equal(without, weightless);
        Assert.False(Directory.Exists(Kept));
        Assert.NotEqual(without, await LearnedAsync(engine, Training("dreambooth-lora-prior")));
    }

    [Fact]
    public async Task The_class_is_what_the_base_model_draws_of_it_once_for_all_trainings_that_want_the_same()
    {
        await using var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet with { CacheFolder = _folder });
        var first = await LearnedAsync(engine, Training("dreambooth-lora-prior"));
        var kept = Assert.Single(Directory.GetFiles(Kept));
        var pictures = await engine.GenerateAsync(new(null, [], "a photo of a teapot", [1, 2, 3]), new Recorder(), Stop);
        await engine.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var model = BaseModel.Load(tiny.Folder, CPU);
            using var file = SafetensorsFile.Open(kept);
            var latents = file.Load("latents");
            Assert.Equal(3, latents.shape[0]);
            for (var i = 0; i < 3; i++)
            {
                var decoded = PictureCodec.EncodePng(PhotoTensor.ToPicture(model.Vae.Decode(latents.narrow(0, i, 1)).squeeze(0)));
                Assert.True(Psnr.Of(pictures[i], new(i, decoded, [])) > 50, $"picture {i}");
            }
            return true;
        });

        // Another training's seed wants the same pictures; what was drawn before is taken, and gives the same training again.
        var written = File.GetLastWriteTimeUtc(kept);
        var other = Few("dreambooth-lora-prior").With(TrainingOption.Seed, 5);
        await LearnedAsync(engine, Training("dreambooth-lora-prior") with { Options = other });
        Assert.Equal(first, await LearnedAsync(engine, Training("dreambooth-lora-prior")));
        Assert.Equal((kept, written), (Assert.Single(Directory.GetFiles(Kept)), File.GetLastWriteTimeUtc(kept)));
        var cup = Few("dreambooth-lora-prior").With(PriorOption.PriorPrompt, "a cup");
        await LearnedAsync(engine, Training("dreambooth-lora-prior") with { Options = cup });
        Assert.Equal(2, Directory.GetFiles(Kept).Length);
    }

    [Fact]
    public async Task Pictures_of_the_class_are_shared_by_the_trainings_of_one_owner_and_by_no_other()
    {
        await using var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet with { CacheFolder = _folder });
        var training = Training("dreambooth-lora-prior");
        var first = await LearnedAsync(engine, training with { Owner = "a" });
        Assert.Equal(first, await LearnedAsync(engine, training with { Owner = "a" }));
        Assert.Single(Files());
        // Another owner's are the same pictures, drawn for it alone.
        Assert.Equal(first, await LearnedAsync(engine, training with { Owner = "b" }));
        Assert.Equal(2, Files().Length);
        Assert.Equal(File.ReadAllBytes(Files()[0]), File.ReadAllBytes(Files()[1]));
        Assert.NotEqual(Path.GetDirectoryName(Files()[0]), Path.GetDirectoryName(Files()[1]));

        string[] Files() => Directory.GetFiles(Kept, "*", SearchOption.AllDirectories);
    }

    [Fact]
    public async Task Photos_of_the_class_that_a_user_gives_take_the_place_of_drawn_ones_and_are_part_of_what_resumes()
    {
        var given = Training("dreambooth-lora-prior") with { ClassPhotos = [.. Teapot.Backpack.Take(2)] };
        await using var engine = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet with { CacheFolder = _folder });
        var recorder = new Recorder();
        await engine.TrainAsync(given, recorder, Stop);
        Assert.False(Directory.Exists(Kept));
        var other = given with { ClassPhotos = [Teapot.Backpack[2]], Resume = [recorder.Resumes[^1].Bytes.Stored("resume")] };
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => engine.TrainAsync(other, new Recorder(), Stop));
        Assert.Contains("class photos is 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Pictures_of_the_class_do_not_outlive_a_training_that_cannot_begin() => tiny.Engine.RunAsync(() =>
    {
        using var scope = NewDisposeScope();
        using var model = BaseModel.Load(tiny.Folder, CPU);
        var method = KnownMethods.All.Named("dreambooth-lora-prior");
        using var concept = Concept.Create(
            model, method, TrainingOptions.From(model.Defaults, Few("dreambooth-lora-prior")), ["teapot", "cup"]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var sources = new TrainingSources([[], []], new ClassPictures(folder: null)) { ClassPhotos = [.. Teapot.Backpack.Take(1)] };
        Assert.ThrowsAny<Exception>(() => method.Data(model, concept, sources));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        return true;
    });

    private string Kept => Path.Combine(_folder, "class-pictures");

    private static OptionValues Few(string method) =>
        OptionValues.None.With(TrainingOption.Method, method).With(TrainingOption.BatchSize, 2).With(TrainingOption.Steps, 2)
            .With(TrainingOption.PreviewEvery, 0).With(PriorOption.PriorPictures, 3);

    private static TrainingRequest Training(string method) => new([.. Teapot.Photos.Take(2)], "teapot", Few(method));

    private static async Task<string> LearnedAsync(TorchEngine engine, TrainingRequest training)
    {
        var recorder = new Recorder();
        await engine.TrainAsync(training, recorder, Stop);
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(recorder.Checkpoints[^1].Bytes, "checkpoint");
        return string.Join('\n', file.Names.Select(n => $"{n} {Convert.ToBase64String(file.Load(n).bytes)}"));
    }
}
