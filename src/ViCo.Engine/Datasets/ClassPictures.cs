using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>Pictures of a class for prior preservation: what the base model draws of it, or photos that users give.</summary>
/// <remarks>
/// Drawn with the base model's own sampling and seeds 1, 2 and so on, whatever the training's seed is: all trainings that want the same
/// pictures share them. Kept as latents, as they were drawn: they take no way through the autoencoder.
/// </remarks>
/// <param name="folder">Where they are kept, by a digest of all that they depend on; null: nowhere.</param>
internal sealed class ClassPictures(string? folder)
{
    private const int AtOnce = 4;

    private static readonly Dictionary<string, int> NoPlaceholders = [];

    /// <summary>Pictures of a word's class, drawn if they are not kept.</summary>
    public ClassSet Of(BaseModel model, string word, TrainingOptions options, TrainingSources sources)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var prompt = options.Get(PriorOption.PriorPrompt) is { Length: > 0 } own ? own : $"a photo of a {word}";
        var latents = sources.ClassPhotos.Count > 0
            ? cat([.. sources.ClassPhotos.Select(Latents)])
            : Kept(model, prompt, options, sources);
        return new(model.Tokenizer.Encode(prompt, NoPlaceholders), latents.DetachFromDisposeScope());

        Tensor Latents(PhotoFile photo)
        {
            sources.CancellationToken.ThrowIfCancellationRequested();
            return PhotoTensor.ReferenceLatents(model, PhotoTensor.Square(photo, model.ImageSize, options.Values));
        }
    }

    private Tensor Kept(BaseModel model, string prompt, TrainingOptions options, TrainingSources sources)
    {
        var cancellationToken = sources.CancellationToken;
        var count = options.Get(PriorOption.PriorPictures);
        var sampling = new GenerationRequest(null, [], prompt, [1]).OptionsOver(model.Defaults.Sampling, options.Catalog);
        if (folder is null) return Draw(model, sampling, prompt, count, cancellationToken);

        // Whether a picture is there already says that somebody wanted it: no owner learns that of another.
        var own = sources.Owner.Length == 0 ? "" : Hex(sources.Owner)[..16];
        var path = Path.Combine(folder, "class-pictures", own, $"{Digest(model, sampling, prompt, count)}.safetensors");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var drawn = Draw(model, sampling, prompt, count, cancellationToken);
            try
            {
                NewFile.Write(path, output => SafetensorsWriter.Write(output, [new("latents", drawn)]));
            }
            catch (Exception e) when (e is ArgumentException or IOException && File.Exists(path))
            {
                // Another engine has drawn the same.
            }
            return drawn;
        }
        using var file = SafetensorsFile.Open(path);
        return file.Load("latents").to(model.Device);
    }

    private static Tensor Draw(BaseModel model, OptionValues options, string prompt, int count, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var text = model.Read([Plain(""), Plain(prompt)], null);
        var drawn = new List<Tensor>();
        foreach (var seeds in Enumerable.Range(1, count).Select(seed => (long)seed).Chunk(AtOnce))
        {
            using var some = NewDisposeScope();
            var sampler = Samplers.Create(options, model.Schedule);
            using var noise = new NoiseSource(seeds, model.LatentShape, model.Device);
            var terms = Guidance.OfText(options.Get(SamplingOption.Guidance));
            var predict = Guidance.Combine(model.UNet, text, seeds.Length, terms, _ => null);
            drawn.Add(sampler.Sample(new(predict, noise.Next, null, cancellationToken), noise.Next()).MoveToOuterDisposeScope());
        }
        return cat([.. drawn]).MoveToOuterDisposeScope();

        TokenizedPrompt Plain(string of) => model.Tokenizer.Encode(of, NoPlaceholders);
    }

    /// <summary>Of all that the pictures depend on.</summary>
    private static string Digest(BaseModel model, OptionValues options, string prompt, int count) =>
        Hex(string.Join(
            '\n', "class-pictures-1", model.Digest, model.UNet.DType, string.Join("x", model.LatentShape), options.ToJson(),
            count.ToString(CultureInfo.InvariantCulture), prompt));

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
