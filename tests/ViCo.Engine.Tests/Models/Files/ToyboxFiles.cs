using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Models.Files;

/// <summary>The toybox's files, and what tests of other layouts need to write and compare them.</summary>
internal static class ToyboxFiles
{
    public static readonly string Toybox = Repository.PathOf("models", "toybox");

    public static readonly (string Part, string Stem, string PickleStem)[] Parts =
    [
        ("unet", "diffusion_pytorch_model", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model", "diffusion_pytorch_model"),
        ("text_encoder", "model", "pytorch_model"),
    ];

    /// <param name="configs">Folder of the configurations that a single file does not bring; null: the model's own.</param>
    public static void AssertIsToybox(string path, string? configs)
    {
        using var scope = NewDisposeScope();
        using var files = BaseModelFiles.Open(path, configs);
        foreach (var ((part, stem, _), weights) in Parts.Zip([files.UNet, files.Vae, files.TextEncoder]))
        {
            using var expected = SafetensorsFile.Open(Path.Combine(Toybox, part, $"{stem}.safetensors"));
            var names = weights.File.Names.Where(n => weights.Rename(n) is not null).ToDictionary(n => weights.Rename(n)!);
            Assert.Equal(expected.Names, names.Keys.Order(StringComparer.Ordinal));
            foreach (var name in expected.Names)
            {
                var (wanted, found) = (expected.LoadAsStored(name), weights.File.LoadAsStored(names[name]));
                Assert.Equal(wanted.dtype, found.dtype);
                Assert.True(wanted.eq(found.view(wanted.shape)).all().item<bool>(), name);
            }
        }

        // And the whole of it loads strictly. The digest is that of the bytes, so it differs between layouts.
        Assert.Equal(957, files.LoadTokenizer().VocabularySize);
        Assert.Equal(64, files.Digest().Length);
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(files.UNetConfig));
        StateDict.LoadFrozen(unet, files.UNet.File, files.UNet.Rename);
    }

    public static Dictionary<string, Tensor> Load(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Names.ToDictionary(n => n, file.LoadAsStored);
    }

    public static void WriteTorch(string path, Dictionary<string, Tensor> tensors, bool asState = false)
    {
        var dict = new PickleDict { IsOrdered = true };
        foreach (var (name, tensor) in tensors)
            dict.Set(name, tensor);
        var root = dict;
        if (asState)
        {
            root = new PickleDict();
            root.Set("global_step", 470_000L);
            root.Set("state_dict", dict);
            var callbacks = new PickleDict();
            callbacks.Set("best_model_score",
                new PickleObject("numpy.core.multiarray.scalar", new([new PickleObject("numpy.dtype", new(["f8", 0L, 1L])), "12345678"])));
            root.Set("callbacks", callbacks);
        }

        using var file = File.Create(path);
        TorchFileWriter.Write(file, root);
    }
}
