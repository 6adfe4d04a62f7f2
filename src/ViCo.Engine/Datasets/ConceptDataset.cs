using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;
using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>The photos of a concept's objects, encoded once, and the training batches drawn from them. Owns its tensors.</summary>
/// <remarks>
/// The batch of a step depends on (photos, options, step) alone: nothing is to be restored when a training goes on elsewhere. Every sample
/// shows one object, with its own caption and reference; several objects take turns, sample by sample, so that each gets the same share.
/// </remarks>
internal sealed class ConceptDataset : ITrainingData
{
    /// <summary>The official loader repeats every photo so often per epoch, and shuffles all of them together.</summary>
    private const int Repeats = 100;

    private readonly BaseModel _model;
    private readonly long _seed;
    private readonly int _batchSize;
    private readonly double _flip, _offset;
    private readonly bool _sequential;
    private readonly ObjectRows[] _objects;
    private readonly Tensor _moments;

    /// <param name="objects">Per object its photos: squares of the model's size.</param>
    /// <param name="names">The ids that stand for each object in captions; null: one of its own each.</param>
    public ConceptDataset(
        BaseModel model, IReadOnlyList<IReadOnlyList<Picture>> objects, TrainingOptions options,
        IReadOnlyList<IReadOnlyList<int>>? names = null)
    {
        _model = model;
        _seed = options.Get(TrainingOption.Seed);
        _batchSize = options.Get(TrainingOption.BatchSize);
        _flip = options.Get(TrainingOption.Flip);
        _offset = options.Get(DenoisingOption.OffsetNoise);
        _sequential = options.Get(TrainingOption.TargetOrder) == "sequential";
        var captions = PromptTemplates.Of(options.Get(TrainingOption.Captions));
        _objects = new ObjectRows[objects.Count];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var moments = new List<Tensor>();
        for (var k = 0; k < objects.Count; k++)
        {
            var placeholder = new Dictionary<string, int> { ["*"] = k };
            _objects[k] = new(
                moments.Count, objects[k].Count, [.. captions.Select(caption => model.Tokenizer.Encode(caption, placeholder, names))]);
            moments.AddRange(objects[k].Select(photo => model.Vae.Moments(PhotoTensor.From(photo, model.Device))));
            // An object's flipped photos follow its others.
            if (_flip > 0)
                moments.AddRange(objects[k].Select(photo => model.Vae.Moments(PhotoTensor.From(photo, model.Device).flip(3))));
        }
        _moments = cat([.. moments]).DetachFromDisposeScope();
    }

    /// <summary>The batch of a step, 1-based; in the caller's scope.</summary>
    public TrainingBatch Batch(int step) => Batch(step, rows => _moments.index_select(0, NewTensor.Of(rows, _model.Device)));

    /// <summary>As <see cref="Batch(int)"/>, with moments [B, 2C, h, w] from elsewhere.</summary>
    /// <param name="moments">Of the photos with these numbers; flipped ones follow the others.</param>
    internal TrainingBatch Batch(int step, Func<long[], Tensor> moments)
    {
        using var scope = NewDisposeScope();
        var samples = Choices(step);
        using var generator = new Generator(new StepRandom(_seed, StepRandom.Purpose.Noise, step).Next());
        long[] shape = [samples.Length, .. _model.LatentShape];
        var (targetNoise, referenceNoise, noise) = (Normal(), Normal(), OffsetNoise.Added(Normal(), _offset, generator));
        return new(
            [.. samples.Select(s => new Shot(_objects[s.Object].Prompts[s.Prompt]))],
            _model.Vae.Sample(Rows(s => s.Target), targetNoise).MoveToOuterDisposeScope(),
            noise.MoveToOuterDisposeScope(),
            [.. samples.Select(s => s.Timestep)])
        {
            References = _model.Vae.Sample(Rows(s => s.Reference), referenceNoise).MoveToOuterDisposeScope(),
        };

        Tensor Normal() => NewTensor.Normal(shape, generator, _model.Device);

        Tensor Rows(Func<SampleChoice, int> row) => moments([.. samples.Select(s => (long)row(s))]);
    }

    /// <summary>What the samples of a step are made from.</summary>
    internal SampleChoice[] Choices(int step) =>
        [.. Enumerable.Range(0, _batchSize).Select(i => Sample((long)(step - 1) * _batchSize + i))];

    public void Dispose() => _moments.Dispose();

    private SampleChoice Sample(long number)
    {
        var turn = (int)(number % _objects.Length);
        var shown = _objects[turn];
        var random = new StepRandom(_seed, StepRandom.Purpose.Sample, number);
        var target = Target(turn, number / _objects.Length);
        // Another photo, whenever there is one: a photo as its own reference teaches copying.
        var reference = shown.Photos == 1 ? target : (target + 1 + random.Below(shown.Photos - 1)) % shown.Photos;
        var prompt = random.Below(shown.Prompts.Length);
        var timestep = random.Below(_model.Schedule.Timesteps);
        return new(turn, Row(target), Row(reference), prompt, timestep);

        int Row(int photo) => shown.First + (random.Unit() < _flip ? shown.Photos + photo : photo);
    }

    /// <summary>The photo of an object's own sample, counted over its samples.</summary>
    private int Target(int turn, long number)
    {
        var shown = _objects[turn];
        if (_sequential) return (int)(number % shown.Photos);
        var length = Repeats * shown.Photos;
        var epoch = number / length;
        if (shown.Order.Epoch != epoch)
        {
            var entries = Enumerable.Range(0, length).ToArray();
            var random = new StepRandom(_seed, StepRandom.Purpose.Order, epoch * _objects.Length + turn);
            for (var i = length - 1; i > 0; i--)
            {
                var j = random.Below(i + 1);
                (entries[i], entries[j]) = (entries[j], entries[i]);
            }
            shown.Order = (epoch, entries);
        }
        return shown.Order.Entries[number % length] % shown.Photos;
    }

    /// <summary>Object, rows of the encoded photos, a caption and a timestep.</summary>
    internal readonly record struct SampleChoice(int Object, int Target, int Reference, int Prompt, int Timestep);

    /// <summary>One object's photos among the encoded ones, its captions, and the order of its current epoch.</summary>
    private sealed class ObjectRows(int first, int photos, TokenizedPrompt[] prompts)
    {
        public int First => first;

        public int Photos => photos;

        public TokenizedPrompt[] Prompts => prompts;

        public (long Epoch, int[] Entries) Order { get; set; } = (-1, []);
    }
}
