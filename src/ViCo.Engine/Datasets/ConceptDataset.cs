using System.Security.Cryptography;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Personalization;
using ViCo.Engine.Training;
using ViCo.Pictures;

namespace ViCo.Engine.Datasets;

/// <summary>A concept's photos, encoded once, and the training batches drawn from them. Owns its tensors.</summary>
/// <remarks>The batch of a step depends on (photos, options, step) alone: nothing is to be restored when a training goes on elsewhere.</remarks>
internal sealed class ConceptDataset : IDisposable
{
    /// <summary>The official loader repeats every photo so often per epoch, and shuffles all of them together.</summary>
    private const int Repeats = 100;

    private readonly BaseModel _model;
    private readonly TrainingOptions _options;
    private readonly TokenizedPrompt[] _prompts;
    private readonly int _photos;
    private readonly Tensor _moments;
    private (long Epoch, int[] Entries) _order = (-1, []);

    /// <param name="photos">Squares of the model's size.</param>
    public ConceptDataset(BaseModel model, IReadOnlyList<Picture> photos, TrainingOptions options)
    {
        _model = model;
        _options = options;
        _photos = photos.Count;
        _prompts = [.. PromptTemplates.Of(options.Switches.Captions!).Select(model.Tokenizer.Encode)];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var moments = photos.Select(photo => model.Vae.Moments(PhotoTensor.From(photo, model.Device)));
        // Flipped photos follow the others: row photos + i.
        if (options.Switches.Flip > 0)
            moments = moments.Concat(photos.Select(photo => model.Vae.Moments(PhotoTensor.From(photo, model.Device).flip(3))));
        _moments = cat([.. moments]).DetachFromDisposeScope();
    }

    /// <summary>The batch of a step, 1-based; in the caller's scope.</summary>
    public TrainingBatch Batch(int step) => Batch(step, rows => _moments.index_select(0, tensor(rows).to(_model.Device)));

    /// <summary>As <see cref="Batch(int)"/>, with moments [B, 2C, h, w] from elsewhere.</summary>
    /// <param name="moments">Of the photos with these numbers; flipped ones follow the others.</param>
    internal TrainingBatch Batch(int step, Func<long[], Tensor> moments)
    {
        using var scope = NewDisposeScope();
        var samples = Choices(step);
        using var generator = new Generator(new StepRandom(_options.Seed, StepRandom.Purpose.Noise, step).Next());
        long[] shape = [samples.Length, .. _model.LatentShape];
        var (targetNoise, referenceNoise, noise) = (Normal(), Normal(), Normal());
        return new(
            [.. samples.Select(s => _prompts[s.Prompt])],
            _model.Vae.Sample(Rows(s => s.Target), targetNoise).MoveToOuterDisposeScope(),
            _model.Vae.Sample(Rows(s => s.Reference), referenceNoise).MoveToOuterDisposeScope(),
            noise.MoveToOuterDisposeScope(),
            [.. samples.Select(s => s.Timestep)]);

        Tensor Normal() => randn(shape, dtype: ScalarType.Float32, generator: generator).to(_model.Device);

        Tensor Rows(Func<SampleChoice, int> row) => moments([.. samples.Select(s => (long)row(s))]);
    }

    /// <summary>What the samples of a step are made from.</summary>
    internal SampleChoice[] Choices(int step) =>
        [.. Enumerable.Range(0, _options.BatchSize).Select(i => Sample((long)(step - 1) * _options.BatchSize + i))];

    public void Dispose() => _moments.Dispose();

    private SampleChoice Sample(long number)
    {
        var random = new StepRandom(_options.Seed, StepRandom.Purpose.Sample, number);
        var target = Target(number);
        // Another photo, whenever there is one: a photo as its own reference teaches copying.
        var reference = _photos == 1 ? target : (target + 1 + random.Below(_photos - 1)) % _photos;
        var prompt = random.Below(_prompts.Length);
        var timestep = random.Below(_model.Schedule.Timesteps);
        return new(Flip(target), Flip(reference), prompt, timestep);

        int Flip(int photo) => random.Unit() < _options.Switches.Flip ? _photos + photo : photo;
    }

    private int Target(long number)
    {
        if (_options.Switches.TargetOrder == "sequential") return (int)(number % _photos);
        var length = Repeats * _photos;
        var epoch = number / length;
        if (_order.Epoch != epoch)
        {
            var entries = Enumerable.Range(0, length).ToArray();
            var random = new StepRandom(_options.Seed, StepRandom.Purpose.Order, epoch);
            for (var i = length - 1; i > 0; i--)
            {
                var j = random.Below(i + 1);
                (entries[i], entries[j]) = (entries[j], entries[i]);
            }
            _order = (epoch, entries);
        }
        return _order.Entries[number % length] % _photos;
    }

    /// <summary>Rows of the encoded photos, a caption and a timestep.</summary>
    internal readonly record struct SampleChoice(int Target, int Reference, int Prompt, int Timestep);
}

/// <summary>Photos as tensors.</summary>
internal static class PhotoTensor
{
    /// <summary>[1, 3, H, W] in [-1, 1].</summary>
    public static Tensor From(Picture photo, Device device)
    {
        using var scope = NewDisposeScope();
        return (tensor(photo.Rgb).view(1, photo.Height, photo.Width, 3).to(device).to(ScalarType.Float32).permute(0, 3, 1, 2) / 127.5 - 1)
            .contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>A picture from [3, H, W] in [-1, 1]; values outside are clamped, steps rounded.</summary>
    public static Picture ToPicture(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var bytes = ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(ScalarType.Byte).permute(1, 2, 0).contiguous().cpu();
        return new((int)pixels.shape[2], (int)pixels.shape[1], bytes.data<byte>().ToArray());
    }

    /// <summary>Decodes a photo and makes it the model's square.</summary>
    /// <exception cref="InvalidDataException">The photo cannot be decoded; the message names it.</exception>
    public static Picture Square(PhotoFile photo, int size, VisualConditionSwitches switches) =>
        Pictures.Square.Fit(PictureCodec.Decode(photo.Content, photo.Name), size, switches.Resize switch
        {
            "squash" => SquareFit.Squash,
            "letterbox" => SquareFit.Letterbox,
            _ => SquareFit.Crop,
        });

    /// <summary>The reference latents of a square photo [1, C, h, w]: a posterior sample whose noise depends on the pixels alone, so that caches hit and pictures repeat.</summary>
    public static Tensor ReferenceLatents(BaseModel model, Picture photo)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(BitConverter.ToUInt64(SHA256.HashData(photo.Rgb)));
        var noise = randn([1, .. model.LatentShape], dtype: ScalarType.Float32, generator: generator).to(model.Device);
        return model.Vae.Sample(model.Vae.Moments(From(photo, model.Device)), noise).MoveToOuterDisposeScope();
    }
}
