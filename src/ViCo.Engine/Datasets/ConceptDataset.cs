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
    private readonly IReadOnlyList<IReadOnlyList<int>>? _names;
    private readonly bool _variesSize;
    private readonly long _seed;
    private readonly int _batchSize;
    private readonly double _flip, _offset;
    private readonly bool _sequential;
    private readonly ObjectRows[] _objects;
    private readonly Tensor _moments;

    /// <param name="objects">Per object its photos: squares of the model's size.</param>
    /// <param name="names">The ids that stand for each object in captions; null: one of its own each.</param>
    /// <param name="treatment">Null: every photo is shown as it is, under a caption of the list.</param>
    /// <exception cref="InvalidDataException">A photo's own caption does not name the object, or its mask is black.</exception>
    public ConceptDataset(
        BaseModel model, IReadOnlyList<IReadOnlyList<Picture>> objects, TrainingOptions options,
        IReadOnlyList<IReadOnlyList<int>>? names = null, PhotoTreatment? treatment = null)
    {
        treatment ??= new();
        (_model, _names, _variesSize) = (model, names, treatment.VariesSize);
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
            var notes = k < treatment.Notes.Count ? treatment.Notes[k] : [.. objects[k].Select(_ => PhotoNote.Nothing)];
            _objects[k] = new(moments.Count, objects[k], [.. captions.Select(caption => Read(caption, k))])
            {
                Captions = captions,
                Own = [.. notes.Select((note, i) => Own(note.Caption, k, i))],
                Masks = [.. notes.Select((note, i) => Mask(note.Mask, k, i))],
            };
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
        SizeChange?[] sizes = [.. samples.Select((_, i) => _variesSize ? SizeOf((long)(step - 1) * _batchSize + i) : null)];
        var targets = _variesSize ? cat([.. samples.Zip(sizes, (s, size) => Encode(s, size!))]) : Rows(s => s.Target);
        return new(
            [.. samples.Zip(sizes, (s, size) => new Shot(Caption(s, size)))],
            _model.Vae.Sample(targets, targetNoise).MoveToOuterDisposeScope(),
            noise.MoveToOuterDisposeScope(),
            [.. samples.Select(s => s.Timestep)])
        {
            References = _model.Vae.Sample(Rows(s => s.Reference), referenceNoise).MoveToOuterDisposeScope(),
            LossMask = !_variesSize && _objects.All(o => o.Masks.All(mask => mask is null)) ? null
                : cat([.. samples.Zip(sizes, MaskOf)]).MoveToOuterDisposeScope(),
        };

        Tensor Normal() => NewTensor.Normal(shape, generator, _model.Device);

        Tensor Rows(Func<SampleChoice, int> row) => moments([.. samples.Select(s => (long)row(s))]);
    }

    /// <summary>What the samples of a step are made from.</summary>
    internal SampleChoice[] Choices(int step) =>
        [.. Enumerable.Range(0, _batchSize).Select(i => Sample((long)(step - 1) * _batchSize + i))];

    public void Dispose() => _moments.Dispose();

    private TokenizedPrompt Read(string caption, int shown) =>
        _model.Tokenizer.Encode(caption, new Dictionary<string, int> { ["*"] = shown }, _names);

    private (string Text, TokenizedPrompt Prompt)? Own(string? caption, int shown, int photo)
    {
        if (caption is null) return null;
        return caption.Contains('*', StringComparison.Ordinal) && Read(caption, shown) is { Placeholders.Count: > 0 } prompt
            ? (caption, prompt)
            : throw new InvalidDataException(
                $"The caption of photo {photo + 1}, '{caption}', does not name the object; wanted a * where it stands.");
    }

    private Picture? Mask(Picture? mask, int shown, int photo) => mask is null || mask.Rgb.AsSpan().ContainsAnyExcept((byte)0) ? mask
        : throw new InvalidDataException(
            $"The mask of photo {photo + 1}{(_objects.Length > 1 ? $" of object {shown + 1}" : "")} is black: nothing of it would count.");

    private SizeChange SizeOf(long number)
    {
        var random = new StepRandom(_seed, StepRandom.Purpose.Size, number);
        return SizeChange.Drawn(ref random, _model.ImageSize);
    }

    /// <summary>The moments of a sample's photo in a size of its own [1, 2C, h, w].</summary>
    private Tensor Encode(SampleChoice sample, SizeChange size)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (photo, flipped) = _objects[sample.Object].At(sample.Target);
        return _model.Vae.Moments(size.Show(_objects[sample.Object].Pictures[photo], flipped, _model.Device)).MoveToOuterDisposeScope();
    }

    private TokenizedPrompt Caption(SampleChoice sample, SizeChange? size)
    {
        var shown = _objects[sample.Object];
        var own = shown.Own[shown.At(sample.Target).Photo];
        return size is not { Words: not null } ? own?.Prompt ?? shown.Prompts[sample.Prompt]
            : Read(size.Said(own?.Text ?? shown.Captions[sample.Prompt]), sample.Object);
    }

    /// <summary>How much each cell of a sample counts in the loss [1, 1, h, w].</summary>
    private Tensor MaskOf(SampleChoice sample, SizeChange? size)
    {
        using var scope = NewDisposeScope();
        var (photo, flipped) = _objects[sample.Object].At(sample.Target);
        var (cells, factor) = ((int)_model.LatentShape[^1], _model.Vae.Config.Downscale);
        var counts = size?.Cells(cells, factor, _model.Device)
            ?? NewTensor.Ones([1, 1, cells, cells], ScalarType.Float32, _model.Device);
        if (_objects[sample.Object].Masks[photo] is not { } mask) return counts.MoveToOuterDisposeScope();
        var bright = size is null ? PhotoTensor.From(mask, _model.Device) : size.Show(mask, flipped, _model.Device);
        if (size is null && flipped) bright = bright.flip(3);
        return (PhotoTensor.Cells(bright, factor) * counts).MoveToOuterDisposeScope();
    }

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
    private sealed class ObjectRows(int first, IReadOnlyList<Picture> pictures, TokenizedPrompt[] prompts)
    {
        public int First => first;

        public int Photos => pictures.Count;

        public IReadOnlyList<Picture> Pictures => pictures;

        public TokenizedPrompt[] Prompts => prompts;

        /// <summary>What <see cref="Prompts"/> are, in words.</summary>
        public required IReadOnlyList<string> Captions { get; init; }

        /// <summary>Per photo its own caption, or null.</summary>
        public required (string Text, TokenizedPrompt Prompt)?[] Own { get; init; }

        /// <summary>Per photo its mask, or null.</summary>
        public required Picture?[] Masks { get; init; }

        /// <summary>The photo of a row, and whether it is flipped there.</summary>
        public (int Photo, bool Flipped) At(int row) => ((row - first) % pictures.Count, row - first >= pictures.Count);

        public (long Epoch, int[] Entries) Order { get; set; } = (-1, []);
    }
}
